#include "bench/JsonObject.hpp"

#include <cstdio>

namespace ringcast::bench {

void JsonObject::Add(std::string_view name, double value) {
  char text[512];  // the largest double has 309 digits
  std::snprintf(text, sizeof(text), "%.3f", value);
  Member(name, text);
}

void JsonObject::Add(std::string_view name, std::uint64_t value) { Member(name, std::to_string(value)); }

void JsonObject::Add(std::string_view name, bool value) { Member(name, value ? "true" : "false"); }

void JsonObject::Add(std::string_view name, std::string_view value) {
  std::string text = "\"";
  for (const char c : value) text += c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ' ? '\'' : c;
  Member(name, text + '"');
}

void JsonObject::Add(std::string_view name, const JsonObject& value) { Member(name, value.Text()); }

void JsonObject::Add(std::string_view name, std::span<const std::uint16_t> values) {
  std::string text;
  for (const auto value : values) text += (text.empty() ? "" : ", ") + std::to_string(value);
  Member(name, "[" + text + "]");
}

void JsonObject::Member(std::string_view name, std::string_view value) {
  if (!members_.empty()) members_ += ", ";
  members_.append("\"").append(name).append("\": ").append(value);
}

}  // namespace ringcast::bench
