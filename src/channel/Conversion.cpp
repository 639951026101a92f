#include "channel/Conversion.hpp"

#include "channel/Text.hpp"

namespace ringcast::channel {

void Conversion::Fail(std::string_view field, std::string_view what) {
  if (error_) return;
  std::string reason;
  for (const auto& step : path_) {
    reason += step.field;
    if (step.index) reason.append("[").append(std::to_string(*step.index)).append("]");
    reason += ".";
  }
  // An element that is not a table has no field name.
  if (field.empty() && !reason.empty()) reason.pop_back();
  reason += field;
  reason += " is ";
  reason += what;
  error_ = TypeError(std::move(reason));
}

std::string Conversion::Text(std::string_view field, const flatbuffers::String* text) {
  const auto view = View(text);
  if (view.size() > textLeft_) {
    Fail(field, "more text than a message can carry");
    return {};
  }
  textLeft_ -= view.size();
  return std::string(view);
}

std::string Conversion::Id(std::string_view field, const flatbuffers::String* text) {
  const auto view = View(text);
  if (view.empty()) Fail(field, "empty");
  if (view.size() > kMaxIdLength) {
    Fail(field, std::to_string(view.size()) + " bytes long, more than the " + std::to_string(kMaxIdLength) +
                    " of an id");
  }
  return Ok() ? std::string(view) : std::string();
}

PayloadType Conversion::SevenBits(std::string_view field, std::uint8_t value) {
  constexpr std::uint8_t kMaxPayloadType = 127;  // 7 bits (RFC 3550 section 5.1)
  // Not `to_string(...) + "..."`: GCC 12 reports a false overflow (-Warray-bounds) if it knows the digits.
  if (value > kMaxPayloadType)
    Fail(field, std::to_string(value).append(", more than the 127 of a payload type"));
  return PayloadType(value);
}

}  // namespace ringcast::channel
