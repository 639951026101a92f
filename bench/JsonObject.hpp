#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ringcast::bench {

// The members of a JSON object, on one line. Names and texts come only from this program; quotes, backslashes
// and control characters in texts are replaced.
class JsonObject {
 public:
  void Add(std::string_view name, double value);  // with three decimals
  void Add(std::string_view name, std::uint64_t value);
  void Add(std::string_view name, bool value);
  void Add(std::string_view name, std::string_view value);
  void Add(std::string_view name, const char* value) { Add(name, std::string_view(value)); }
  void Add(std::string_view name, const JsonObject& value);
  void Add(std::string_view name, std::span<const std::uint16_t> values);

  [[nodiscard]] std::string Text() const { return "{" + members_ + "}"; }

 private:
  void Member(std::string_view name, std::string_view value);

  std::string members_;
};

}  // namespace ringcast::bench
