// Error: what host code throws about configuration, data sets, disk and network.
//
// The message names the file, the offset or field, the rule that was broken and the next step,
// because it is all the user sees. The kind decides the exit code of the command line.
#ifndef SLIMSPLIT_CORE_ERROR_HOST_H_
#define SLIMSPLIT_CORE_ERROR_HOST_H_

#include <stdexcept>
#include <string>

namespace slim {

enum class ErrorKind : int {
  kFailure = 1,       // the work was tried and failed (disk full, loss not finite)
  kUsage = 2,         // the command or the configuration asks for something that makes no sense
  kBadInput = 3,      // a file or a peer sent bytes that break a rule
  kNetwork = 4,       // the network, or a peer behind it, did not do its part
  kVerification = 5,  // two results that must agree do not
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }

 private:
  ErrorKind kind_;
};

inline Error Failure(const std::string& message) { return Error(ErrorKind::kFailure, message); }
inline Error UsageError(const std::string& message) { return Error(ErrorKind::kUsage, message); }
inline Error BadInput(const std::string& message) { return Error(ErrorKind::kBadInput, message); }
inline Error NetworkError(const std::string& message) {
  return Error(ErrorKind::kNetwork, message);
}

}  // namespace slim

#endif  // SLIMSPLIT_CORE_ERROR_HOST_H_
