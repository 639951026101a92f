#pragma once

#include <charconv>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ringcast/base/Result.hpp"

namespace ringcast::worker {

// "--name=value", "--name value", or "--name" for a flag.
struct Option {
  std::string_view name;
  std::string_view value;
};

[[nodiscard]] inline std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

[[nodiscard]] inline Error WrongValue(const Option& option, std::string_view expected) {
  return TypeError("wrong value " + Quoted(option.value) + " for " + std::string(option.name) + ": " +
                   std::string(expected));
}

// Returns a decimal number within [lowest, highest]. Allows a minus sign, but no plus sign and no other
// characters around the number.
template <typename Integer>
[[nodiscard]] Result<Integer> ParseNumber(const Option& option, Integer lowest, Integer highest) {
  Integer number{};
  const char* const end = option.value.data() + option.value.size();
  const auto [stop, error] = std::from_chars(option.value.data(), end, number);
  if (error != std::errc() || stop != end || number < lowest || number > highest) {
    return WrongValue(option,
                      "it is a number from " + std::to_string(lowest) + " to " + std::to_string(highest));
  }
  return number;
}

// An option and the function that applies it to the settings. A flag takes no value.
template <typename Target>
struct OptionRule {
  std::string_view name;
  Status (*apply)(Target& target, const Option& option);
  bool flag = false;
};

template <typename Target>
[[nodiscard]] const OptionRule<Target>* FindRule(std::span<const OptionRule<Target>> rules,
                                                 std::string_view name) {
  for (const auto& rule : rules) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

// Applies the arguments in order, until the first error.
template <typename Target>
Status ApplyArguments(Target& target, std::span<const OptionRule<Target>> rules,
                      std::span<const std::string_view> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    const std::size_t equals = argument.find('=');
    Option option{argument.substr(0, equals), {}};
    const auto* const rule = FindRule(rules, option.name);
    if (rule == nullptr) return TypeError("unknown argument " + Quoted(argument));
    if (equals != std::string_view::npos) {
      option.value = argument.substr(equals + 1);
    } else if (!rule->flag && i + 1 < arguments.size() && !arguments[i + 1].starts_with("--")) {
      option.value = arguments[++i];
    }
    if (rule->flag && equals != std::string_view::npos)
      return TypeError(std::string(rule->name) + " takes no value");
    if (!rule->flag && option.value.empty())
      return TypeError("option " + std::string(rule->name) + " without a value");
    if (auto status = rule->apply(target, option); !status) return status;
  }
  return OkStatus();
}

}  // namespace ringcast::worker
