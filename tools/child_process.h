// ChildProcess: this program once more, as a process of its own with another command line.
#ifndef SLIMSPLIT_TOOLS_CHILD_PROCESS_H_
#define SLIMSPLIT_TOOLS_CHILD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace slim {

// It ends with this process, whatever ends that.
class ChildProcess {
 public:
  // Starts `slimsplit ARGUMENTS`; its standard output goes to the file `out`, its talk to
  // `out`.log. Throws Failure when there can be no such process.
  ChildProcess(const std::vector<std::string>& arguments, const std::string& out);
  // Asks it to end, as a person would (SIGTERM); where it does not within some seconds, ends it
  // (SIGKILL).
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Whether it has not ended by itself. Throws Failure, with its last words, if it ended badly, or
  // nobody knows how.
  bool IsRunning();
  // Throws Failure if it has ended, well or badly.
  void MustRun();
  // Waits until it ends by itself; throws what IsRunning throws.
  void Wait();
  // Waits for the first line of its standard output, for some seconds, and throws Failure if there
  // is none.
  std::string FirstLine();

 private:
  [[noreturn]] void FailEnded(const std::string& how);

  const std::string name_, out_;
  pid_t pid_ = -1;  // -1: has ended
};

// Starts it and waits until it has ended.
void RunChild(const std::vector<std::string>& arguments, const std::string& out);

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_CHILD_PROCESS_H_
