#include <string_view>
#include <variant>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/rtcp/Compound.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using namespace rtcp;

// Reads every byte, so that the sanitizer detects a view that is too long.
std::uint32_t Sum(ByteView bytes) {
  std::uint32_t sum = 0;
  for (const auto byte : bytes) sum += byte;
  return sum;
}
std::uint32_t Sum(std::string_view text) {
  return Sum(ByteView(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

// Reads all fields of a message, and writes it again if the writer supports it: it must read back the same.
struct Visitor {
  std::uint32_t sum = 0;
  std::vector<std::uint8_t> out = std::vector<std::uint8_t>(8192);
  CompoundWriter writer{out};

  [[nodiscard]] std::vector<ReportBlock> All(const ReportBlocks& blocks) const {
    std::vector<ReportBlock> all;
    for (std::size_t i = 0; i < blocks.Size(); ++i) all.push_back(blocks.At(i));
    return all;
  }
  template <typename T>
  T Again(bool added) {
    RC_ASSERT(added);
    CompoundReader reader(ByteView(out).first(writer.Size()));
    const auto message = reader.Next();
    RC_ASSERT(message && std::holds_alternative<T>(*message));
    RC_ASSERT(!reader.Next() && !reader.Malformed());
    return std::get<T>(*message);
  }
  void Same(const ReportBlocks& a, const ReportBlocks& b) {
    RC_ASSERT(a.Size() == b.Size());
    for (std::size_t i = 0; i < a.Size(); ++i) {
      const auto left = a.At(i);
      const auto right = b.At(i);
      RC_ASSERT(left.ssrc == right.ssrc && left.fractionLost == right.fractionLost &&
                left.cumulativeLost == right.cumulativeLost &&
                left.highestSequence == right.highestSequence && left.jitter == right.jitter &&
                left.lastSenderReport == right.lastSenderReport &&
                left.delaySinceLastSenderReport == right.delaySinceLastSenderReport);
    }
  }

  void operator()(const SenderReport& report) {
    const auto again = Again<SenderReport>(writer.AddSenderReport(report.sender,
                                                                  {.ntp = report.ntp,
                                                                   .rtpTimestamp = report.rtpTimestamp,
                                                                   .packetCount = report.packetCount,
                                                                   .octetCount = report.octetCount},
                                                                  All(report.blocks)));
    RC_ASSERT(again.sender == report.sender && again.ntp == report.ntp);
    RC_ASSERT(again.rtpTimestamp == report.rtpTimestamp && again.packetCount == report.packetCount);
    Same(report.blocks, again.blocks);
  }
  void operator()(const ReceiverReport& report) {
    const auto again = Again<ReceiverReport>(writer.AddReceiverReport(report.sender, All(report.blocks)));
    RC_ASSERT(again.sender == report.sender);
    Same(report.blocks, again.blocks);
  }
  void operator()(const SourceDescription& description) {
    if (description.count == 0) return;
    const Ssrc first(LoadU32(description.chunks.data()));
    const auto cname = description.Cname(first);
    RC_ASSERT(Again<SourceDescription>(writer.AddCname(first, cname)).Cname(first) == cname);
  }
  void operator()(const Bye& bye) {
    for (std::size_t i = 0; i < bye.Size(); ++i) sum += bye.At(i).Value();
    sum += Sum(bye.reason);
  }
  void operator()(const App& app) {
    RC_ASSERT(app.name.size() == 4);
    sum += Sum(app.name) + Sum(app.data);
  }
  void operator()(const Nack& nack) {
    std::vector<CompoundWriter::NackItem> items;
    for (std::size_t i = 0; i < nack.Size(); ++i) items.push_back({nack.PacketId(i), nack.Bitmask(i)});
    RC_ASSERT(!items.empty());
    if (items.size() > 1024) return;
    const auto again = Again<Nack>(writer.AddNack(nack.sender, nack.media, items));
    RC_ASSERT(Sum(again.items) == Sum(nack.items));
  }
  void operator()(const PictureLoss& loss) { sum += loss.media.Value(); }
  void operator()(const FullIntraRequest& request) {
    RC_ASSERT(request.Size() != 0);
    for (std::size_t i = 0; i < request.Size(); ++i)
      sum += request.Media(i).Value() + request.SequenceNumber(i);
  }
  void operator()(const Remb& remb) {
    std::vector<Ssrc> sources;
    for (std::size_t i = 0; i < remb.sources.size(); i += 4)
      sources.emplace_back(LoadU32(remb.sources.data() + i));
    const auto again = Again<Remb>(writer.AddRemb(remb.sender, remb.bitrate, sources));
    // A saturated bitrate loses the bits below the mantissa.
    RC_ASSERT(again.bitrate.Value() == remb.bitrate.Value() || remb.bitrate.Value() == ~std::uint64_t{0});
  }
  // Returns the arrivals, with numbers starting at the base, and times modulo 2^24 units of 64 ms.
  [[nodiscard]] static std::vector<PacketArrival> Arrivals(const TransportFeedback& feedback) {
    std::vector<PacketArrival> arrivals;
    PacketStatuses statuses(feedback);
    Instant arrival(feedback.referenceTime * TransportFeedback::kReferenceUnit);
    std::size_t count = 0;
    for (; const auto status = statuses.Next(); ++count) {
      RC_ASSERT(status->sequenceNumber == static_cast<std::uint16_t>(feedback.baseSequenceNumber + count));
      arrival += status->delta;
      if (status->received)
        arrivals.push_back({feedback.baseSequenceNumber + static_cast<std::int64_t>(count), arrival});
    }
    RC_ASSERT(count == feedback.statusCount && count <= kMaxFeedbackStatuses);
    return arrivals;
  }
  void operator()(const TransportFeedback& feedback) {
    constexpr Duration kWrap = (1 << 24) * TransportFeedback::kReferenceUnit;
    const auto arrivals = Arrivals(feedback);
    // Small messages, so that the feedback is split into many.
    std::vector<std::uint8_t> small(256);
    std::span<const PacketArrival> rest(arrivals);
    std::int64_t base = feedback.baseSequenceNumber;
    while (!rest.empty()) {
      CompoundWriter again(small);
      const auto reported = again.AddTransportFeedback(feedback.sender, feedback.media, 1, base, rest);
      RC_ASSERT(reported > 0);
      CompoundReader reader(ByteView(small).first(again.Size()));
      const auto message = reader.Next();
      RC_ASSERT(message && std::holds_alternative<TransportFeedback>(*message) && !reader.Next());
      const auto& written = std::get<TransportFeedback>(*message);
      RC_ASSERT(written.statusCount == reported);
      RC_ASSERT(written.baseSequenceNumber == static_cast<std::uint16_t>(base));
      for (const auto& packet : Arrivals(written)) {
        RC_ASSERT(!rest.empty());
        RC_ASSERT((packet.sequenceNumber - rest.front().sequenceNumber) % 0x10000 == 0);
        RC_ASSERT((packet.arrival - rest.front().arrival) % kWrap == Duration::zero());
        rest = rest.subspan(1);
      }
      base += static_cast<std::int64_t>(reported);
      RC_ASSERT(rest.empty() || rest.front().sequenceNumber >= base);
    }
  }
  void operator()(const OtherFeedback& feedback) { sum += Sum(feedback.fci); }
  void operator()(const ExtendedReport& report) {
    RC_ASSERT(report.dlrr.size() % 12 == 0);
    sum += Sum(report.blocks) + Sum(report.dlrr);
  }
  void operator()(const UnknownPacket&) {}
};

}  // namespace

void FuzzRtcp(std::span<const std::uint8_t> input) {
  CompoundReader reader(input);
  std::size_t messages = 0;
  while (const auto message = reader.Next()) {
    Visitor visitor;
    std::visit(visitor, *message);
    ++messages;
  }
  // Each message takes four bytes or more, and the reader stays at the end.
  RC_ASSERT(messages <= input.size() / 4);
  RC_ASSERT(!reader.Next());
}

}  // namespace ringcast::fuzz
