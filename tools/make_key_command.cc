// slimsplit make-key: a new secret for a head and its tail.
#include <stdio.h>

#include "split/link/link_key_host.h"
#include "tools/command.h"
#include "tools/print_json.h"

namespace slim {

void AddMakeKeyCommand(CLI::App& app, const GlobalOptions& global, std::function<void()>* run) {
  const auto path = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("make-key", "make the key file that serve and device share");
  command->add_option("file", *path, "file to make; copy it to the device by a safe way")
      ->required();
  command->callback([&global, run, path] {
    *run = [&global, path] {
      LinkKey::Random().Write(*path);
      if (global.json) {
        PrintJsonLine({{"out", *path}});
      } else {
        printf("%s: a key of 256 bits; only you may read it\n", path->c_str());
      }
    };
  });
}

}  // namespace slim
