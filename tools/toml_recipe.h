// TomlRecipe: reads the recipes of --config, and refuses what CLI11 would take or drop silently.
//
//   seed = 7                      options of every sub-command come first
//   [train]                       then a section per sub-command
//   net = "resnet8"               keys are the long names of options
//   widths = [0.25, 0.5, 1]       number, true, false, "text", or a list on one line
//
// That is TOML, all of it on single lines. A section has no effect on other sub-commands, and what
// the command line says has precedence.
#ifndef SLIMSPLIT_TOOLS_TOML_RECIPE_H_
#define SLIMSPLIT_TOOLS_TOML_RECIPE_H_

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

namespace slim {

class TomlRecipe : public CLI::Config {
 public:
  // `app` has the options that a recipe may set, and outlives this. `source` is the recipe's name
  // for messages; empty: what --config of `app` was given.
  explicit TomlRecipe(const CLI::App& app, std::string source = "")
      : app_(app), source_(std::move(source)) {}

  // Throws BadInput naming file and line where the text is damaged, UsageError where it sets an
  // option that does not exist.
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override;
  // Recipes are written by people.
  std::string to_config(const CLI::App*, bool, bool, std::string) const override { return ""; }

  // The place "FILE:LINE" of the last recipe that gave the option of that name ("--epochs"), empty
  // when none did: for messages about its value.
  std::string PlaceOf(const std::string& option) const;

 private:
  std::string ReadAll(std::istream& input) const;
  std::string Source() const;
  const CLI::App& SectionNamed(const std::string& name, const std::string& place) const;
  void RequireOption(const CLI::App& section, const std::string& key,
                     const std::string& place) const;

  const CLI::App& app_;
  const std::string source_;
  mutable std::map<std::string, std::string> places_;
};

}  // namespace slim

#endif  // SLIMSPLIT_TOOLS_TOML_RECIPE_H_
