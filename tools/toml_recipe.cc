#include "tools/toml_recipe.h"

#include <ctype.h>
#include <stdlib.h>

#include <set>
#include <sstream>

#include "core/error_host.h"

namespace slim {
namespace {

constexpr size_t kMostBytes = 1 << 20;

// One line of a recipe, read from left to right. Throws BadInput naming `place`.
class Line {
 public:
  Line(const std::string& text, const std::string& place) : text_(text), place_(place) {
    for (const unsigned char c : text) {
      if ((c < 0x20 && c != '\t') || c == 0x7F) throw Damaged("a control character");
    }
    SkipSpace();
  }

  // Nothing is left but a comment.
  bool AtEnd() const { return at_ == text_.size() || text_[at_] == '#'; }
  void ExpectEnd() const {
    if (!AtEnd()) throw Damaged("text after the end of the value");
  }

  // Goes past `c` and the space behind it, if it is next.
  bool Take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    SkipSpace();
    return true;
  }
  void Expect(char c) {
    if (!Take(c)) throw Damaged(std::string("a \"") + c + "\" is missing");
  }

  // A bare key: letters, digits, "-" and "_".
  std::string Key() {
    const std::string key = TakeWhile(
        [](char c) { return isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_'; });
    if (key.empty()) throw Damaged("a name is missing");
    return key;
  }

  // A text in quotes, a number, true or false; without quotes.
  std::string Scalar() {
    if (Take('"')) return Text();
    const std::string word =
        TakeWhile([](char c) { return c != ',' && c != ']' && c != '#' && c != ' ' && c != '\t'; });
    if (word == "true" || word == "false") return word;
    char* end = nullptr;
    strtod(word.c_str(), &end);
    const bool starts_as_number = !word.empty() && (isdigit(static_cast<unsigned char>(word[0])) ||
                                                    word[0] == '-' || word[0] == '+');
    if (!starts_as_number || *end != '\0') {
      throw Damaged("\"" + word + "\" is not a number, true, false or a text in quotes");
    }
    return word;
  }

  // A scalar, or a list of them.
  std::vector<std::string> Value() {
    std::vector<std::string> values;
    if (!Take('[')) return {Scalar()};
    while (!Take(']')) {
      values.push_back(Scalar());
      if (!Take(',') && (AtEnd() || text_[at_] != ']')) {
        throw Damaged("the list has no \"]\" on this line");
      }
    }
    if (values.empty()) throw Damaged("the list is empty");
    return values;
  }

 private:
  template <class Fits>
  std::string TakeWhile(Fits fits) {
    const size_t begin = at_;
    while (at_ < text_.size() && fits(text_[at_])) ++at_;
    const std::string taken = text_.substr(begin, at_ - begin);
    SkipSpace();
    return taken;
  }

  // After the opening quote.
  std::string Text() {
    const size_t end = text_.find('"', at_);
    if (end == std::string::npos) throw Damaged("a text has no closing quote");
    const std::string text = text_.substr(at_, end - at_);
    if (text.find('\\') != std::string::npos) throw Damaged("a text has a backslash");
    at_ = end + 1;
    SkipSpace();
    return text;
  }

  void SkipSpace() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  Error Damaged(const std::string& why) const {
    return BadInput(place_ + ": " + why +
                    "; a recipe has lines such as [train], epochs = 10, widths = [0.5, 1]");
  }

  const std::string& text_;
  const std::string& place_;
  size_t at_ = 0;
};

}  // namespace

std::vector<CLI::ConfigItem> TomlRecipe::from_config(std::istream& input) const {
  std::vector<CLI::ConfigItem> items;
  std::set<std::string> seen;  // "[section]" and "section.key"
  std::string section_name, text;
  const CLI::App* section = &app_;
  places_.clear();
  std::istringstream lines(ReadAll(input));
  for (int number = 1; std::getline(lines, text); ++number) {
    const std::string place = Source() + ":" + std::to_string(number);
    if (!text.empty() && text.back() == '\r') text.pop_back();
    Line line(text, place);
    if (line.AtEnd()) continue;
    std::string name;
    if (line.Take('[')) {
      section_name = line.Key();
      line.Expect(']');
      name = "[" + section_name + "]";
      section = &SectionNamed(section_name, place);
    } else {
      CLI::ConfigItem item;
      item.name = line.Key();
      line.Expect('=');
      item.inputs = line.Value();
      if (!section_name.empty()) item.parents = {section_name};
      RequireOption(*section, item.name, place);
      name = section_name + "." + item.name;
      places_["--" + item.name] = place;
      items.push_back(std::move(item));
    }
    line.ExpectEnd();
    if (!seen.insert(name).second) throw BadInput(place + ": occurs for the second time");
  }
  return items;
}

std::string TomlRecipe::PlaceOf(const std::string& option) const {
  const auto found = places_.find(option);
  return found == places_.end() ? "" : found->second;
}

std::string TomlRecipe::ReadAll(std::istream& input) const {
  std::string text(kMostBytes + 1, '\0');
  input.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(input.gcount()));
  if (text.size() > kMostBytes) throw BadInput(Source() + ": a recipe has at most 1 MiB");
  return text;
}

std::string TomlRecipe::Source() const {
  return source_.empty() ? app_.get_config_ptr()->as<std::string>() : source_;
}

const CLI::App& TomlRecipe::SectionNamed(const std::string& name, const std::string& place) const {
  std::string known;
  for (const CLI::App* command : app_.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == name) return *command;
    known += (known.empty() ? "" : ", ") + command->get_name();
  }
  throw UsageError(place + ": there is no sub-command \"" + name + "\"; known are " + known);
}

void TomlRecipe::RequireOption(const CLI::App& section, const std::string& key,
                               const std::string& place) const {
  const CLI::Option* option = section.get_option_no_throw("--" + key);
  if (option != nullptr && option->get_configurable() && key != "config") return;
  const std::string where =
      &section == &app_ ? "every sub-command" : "[" + section.get_name() + "]";
  throw UsageError(place + ": " + where + " has no option \"" + key + "\"" +
                   (&section != &app_ && app_.get_option_no_throw("--" + key) != nullptr
                        ? "; it belongs above the first section"
                        : "; `slimsplit " + section.get_name() + " --help` lists them"));
}

}  // namespace slim
