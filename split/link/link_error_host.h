// NetworkError: what is thrown when the network, or a peer behind it, did not do its part.
#ifndef SLIMSPLIT_SPLIT_LINK_LINK_ERROR_HOST_H_
#define SLIMSPLIT_SPLIT_LINK_LINK_ERROR_HOST_H_

#include <string>

#include "core/error_host.h"

namespace slim {

// Beside the kinds of core/error_host.h; also the exit code of the command line.
inline constexpr ErrorKind kNetworkError = static_cast<ErrorKind>(4);

inline Error NetworkError(const std::string& message) { return Error(kNetworkError, message); }

}  // namespace slim

#endif  // SLIMSPLIT_SPLIT_LINK_LINK_ERROR_HOST_H_
