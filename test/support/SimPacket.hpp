#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "support/SimDescriptor.hpp"
#include "support/SimTag.hpp"

namespace ringcast::test {

enum class SimCodec : std::uint8_t { kOpus, kVp8, kVp9 };

// The fields of an RTP packet (RFC 3550 section 5.1), without regard to its extensions.
struct RtpView {
  std::uint8_t payloadType = 0;
  bool marker = false;
  std::uint16_t sequenceNumber = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t ssrc = 0;
  ByteView payload;  // without padding

  [[nodiscard]] static std::optional<RtpView> Parse(ByteView packet);
};

// A packet of a simulated source, as the worker sends it.
struct SimPacket {
  std::uint16_t sequenceNumber = 0;
  std::uint32_t timestamp = 0;
  bool marker = false;
  SimTag tag;
  Vp8Descriptor vp8;
  Vp9Descriptor vp9;  // without its picture group

  // Returns nullopt if the tag or the descriptor is damaged, or if the descriptor does not end at the body.
  [[nodiscard]] static std::optional<SimPacket> Parse(SimCodec codec, const RtpView& rtp);
};

// The faults found, with a description of the first few.
class SimFaults {
 public:
  void Add(std::string fault, std::optional<std::uint16_t> sequenceNumber = std::nullopt) {
    if (count_ == 0) first_ = sequenceNumber;
    if (texts_.size() < kMaxTexts) texts_.push_back(std::move(fault));
    ++count_;
  }
  [[nodiscard]] std::uint64_t Count() const { return count_; }
  // Returns the sequence number at the first fault.
  [[nodiscard]] std::optional<std::uint16_t> First() const { return first_; }
  [[nodiscard]] const std::vector<std::string>& Texts() const { return texts_; }

 private:
  static constexpr std::size_t kMaxTexts = 10;
  std::vector<std::string> texts_;
  std::optional<std::uint16_t> first_;
  std::uint64_t count_ = 0;
};

}  // namespace ringcast::test
