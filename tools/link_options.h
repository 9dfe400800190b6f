// Options of the sub-commands that use a link.
#ifndef SLIMSPLIT_TOOLS_LINK_OPTIONS_H_
#define SLIMSPLIT_TOOLS_LINK_OPTIONS_H_

#include <signal.h>
#include <stdint.h>

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "core/error_host.h"
#include "split/link/link_key_host.h"

namespace slim {

// "ADDRESS:PORT" in two; throws UsageError that names the option.
inline void ParseAddress(const std::string& option, const std::string& text, std::string* address,
                         uint16_t* port) {
  const size_t colon = text.rfind(':');
  const std::string digits = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (digits.empty() || digits.size() > 5 ||
      digits.find_first_not_of("0123456789") != std::string::npos || std::stoi(digits) > 65535) {
    throw UsageError(option + ": \"" + text + "\" is not ADDRESS:PORT, e.g. 127.0.0.1:7000");
  }
  *address = text.substr(0, colon);
  *port = static_cast<uint16_t>(std::stoi(digits));
}

// A key file, or --insecure by name.
struct KeyOptions {
  std::string path;
  bool insecure = false;

  void AddTo(CLI::App* command) {
    CLI::Option* key =
        command->add_option("--key", path, "key file of both ends (slimsplit make-key)");
    command->add_flag("--insecure", insecure, "neither encrypt nor authenticate")->excludes(key);
  }

  // Nothing when insecure.
  std::optional<LinkKey> Read() const {
    if (insecure) return std::nullopt;
    if (path.empty()) {
      throw UsageError(
          "--key is missing: make a key with slimsplit make-key, give it to both ends");
    }
    return LinkKey::Read(path);
  }
};

// Blocks SIGINT and SIGTERM in this thread and those it starts, and returns them.
inline sigset_t BlockEndSignals() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  return ends;
}

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_LINK_OPTIONS_H_
