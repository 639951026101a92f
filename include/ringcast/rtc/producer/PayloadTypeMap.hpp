#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "ringcast/rtc/Descriptions.hpp"

namespace ringcast::rtc {

// The payload types that one producer receives.
class PayloadTypeMap {
 public:
  PayloadTypeMap(const RtpParameters& parameters, const RtpMapping& mapping);

  // Returns the router's payload type for media of this type, or nullopt if the type carries no media of the
  // producer.
  [[nodiscard]] std::optional<PayloadType> Mapped(PayloadType received) const {
    return Entry(mapped_, received);
  }
  // Returns the media type that RTX packets of this type repeat (RFC 4588 section 8.1, "apt"), or nullopt if
  // the type is not one of RTX.
  [[nodiscard]] std::optional<PayloadType> Repaired(PayloadType received) const {
    return Entry(repaired_, received);
  }

 private:
  static constexpr std::uint8_t kNone = 0xff;
  using Table = std::array<std::uint8_t, 128>;
  [[nodiscard]] static std::optional<PayloadType> Entry(const Table& table, PayloadType type) {
    const auto entry = table[type.Value()];
    return entry == kNone ? std::nullopt : std::optional(PayloadType(entry));
  }

  Table mapped_;
  Table repaired_;
};

}  // namespace ringcast::rtc
