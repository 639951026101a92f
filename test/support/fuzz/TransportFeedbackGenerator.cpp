#include "ringcast/rtcp/TransportFeedbackGenerator.hpp"

#include <map>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Bytes.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using rtcp::TransportFeedbackGenerator;

// A generator, and the last report of each number.
class Driver {
 public:
  explicit Driver(ByteReader commands) : commands_(commands) {}

  void Run() {
    while (commands_.Remaining() > 0) {
      const std::uint8_t command = commands_.U8();
      switch (command % 4) {
        case 0:  // small and large steps in both directions
          Note(static_cast<std::uint16_t>(number_ + command / 4 % 16 + 1));
          break;
        case 1:
          Note(commands_.U16());
          break;
        case 2:
          now_ += Microseconds(commands_.U16() * (command & 4 ? 250 : 1));
          break;
        case 3:
          for (unsigned i = 0; i < command / 4 * 20U; ++i) Note(static_cast<std::uint16_t>(number_ + 1));
          break;
      }
      if (recorder_.NextTimeout() && *recorder_.NextTimeout() <= now_) Report();
    }
    now_ += Seconds(1);
    if (recorder_.NextTimeout()) Report();
    RC_ASSERT(!recorder_.NextTimeout());
  }

 private:
  void Note(std::uint16_t number) {
    const Instant arrival = now_;
    if (recorder_.OnPacket(number, arrival) != TransportFeedbackGenerator::Verdict::kNoted) return;
    number_ = number;
    noted_[number] = arrival;
    RC_ASSERT(recorder_.NextTimeout());
  }

  void Report() {
    RC_ASSERT(recorder_.OnTimeout(now_));
    std::size_t packets = 0;
    for (bool more = true; more;) {
      rtcp::CompoundWriter writer(buffer_);
      more = recorder_.AddReport(writer, Ssrc(1), Ssrc(2));
      rtcp::CompoundReader reader(ByteView(buffer_).first(writer.Size()));
      const auto message = reader.Next();
      RC_ASSERT(message.has_value() == more && !reader.Malformed());
      if (!more) continue;
      const auto& feedback = std::get<rtcp::TransportFeedback>(*message);
      RC_ASSERT(feedback.feedbackCount == count_);
      ++count_;
      packets += feedback.statusCount;
      Check(feedback);
    }
    RC_ASSERT(packets > 0 && packets <= TransportFeedbackGenerator::kMaxPackets);
  }

  void Check(const rtcp::TransportFeedback& feedback) {
    Instant arrival(feedback.referenceTime * rtcp::TransportFeedback::kReferenceUnit);
    rtcp::PacketStatuses statuses(feedback);
    while (const auto status = statuses.Next()) {
      arrival += status->delta;
      if (!status->received) continue;
      const auto noted = noted_.find(status->sequenceNumber);
      RC_ASSERT(noted != noted_.end());
      RC_ASSERT(arrival <= noted->second && noted->second - arrival < Microseconds(250));
    }
  }

  ByteReader commands_;
  TransportFeedbackGenerator recorder_;
  Instant now_{Seconds(1)};
  std::uint16_t number_ = 0;
  std::uint8_t count_ = 0;
  std::map<std::uint16_t, Instant> noted_;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(1200);
};

}  // namespace

// Commands: packets with numbers that step or jump, elapsed time, bursts.
void FuzzTransportFeedbackGenerator(std::span<const std::uint8_t> input) {
  // One byte makes up to 1,260 packets.
  constexpr std::size_t kMaxCommands = 512;
  if (input.size() <= kMaxCommands) Driver(ByteReader(input)).Run();
}

}  // namespace ringcast::fuzz
