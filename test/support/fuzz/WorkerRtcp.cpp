#include "support/fuzz/WorkerRtcp.hpp"

#include <algorithm>
#include <array>

#include "ringcast/rtcp/Compound.hpp"
#include "support/RtcpBytes.hpp"
#include "support/SimWorker.hpp"

namespace ringcast::fuzz {
namespace {

using rtcp::CompoundWriter;
using script::Rtcp;

constexpr Ssrc kSender{0x0DDBA11};

void AddNackItems(CompoundWriter& writer, Ssrc about, std::uint16_t first, std::size_t count) {
  std::vector<CompoundWriter::NackItem> items;
  for (std::size_t i = 0; i < count; i += 17) {
    const auto bits = std::min<std::size_t>(count - i, 17) - 1;
    items.push_back({static_cast<std::uint16_t>(first + i), static_cast<std::uint16_t>((1U << bits) - 1)});
  }
  writer.AddNack(kSender, about, items);
}

rtp::ReportBlock Block(const Rtcp& command, Ssrc about) {
  rtp::ReportBlock block;
  block.ssrc = about;
  block.fractionLost = static_cast<std::uint8_t>(command.value);
  block.cumulativeLost = command.value;
  block.highestSequence = std::uint32_t{command.value} << 4;
  block.jitter = command.value * 16U;
  block.lastSenderReport = test::SimWorker::kWallClock.Ntp(Instant(Seconds(1000))).Compact() - command.value;
  block.delaySinceLastSenderReport = command.value >> 8;
  return block;
}

}  // namespace

std::vector<std::uint8_t> MakeNack(Ssrc about, std::uint16_t first, std::size_t count) {
  return test::RtcpBytes([&](CompoundWriter& writer) { AddNackItems(writer, about, first, count); });
}

std::vector<std::uint8_t> MakeCompound(const Rtcp& command, Ssrc about, Instant now) {
  const auto value = command.value;
  const auto ntp = test::SimWorker::kWallClock.Ntp(now - Milliseconds(value % 1000));
  return test::RtcpBytes([&](CompoundWriter& writer) {
    const std::array blocks{Block(command, about)};
    const std::array sources{about};
    switch (command.type % Rtcp::kTypes) {
      case Rtcp::kSenderReport:
        writer.AddSenderReport(
            about, {.ntp = ntp, .rtpTimestamp = value * 90U, .packetCount = value, .octetCount = value}, {});
        break;
      case Rtcp::kReceiverReport:
        writer.AddReceiverReport(kSender, blocks);
        break;
      case Rtcp::kDescription:
        writer.AddCname(about, std::string(value % 256, 'n'));
        break;
      case Rtcp::kBye:
        writer.AddBye(sources);
        break;
      case Rtcp::kPictureLoss:
        writer.AddPictureLoss(kSender, about);
        break;
      case Rtcp::kFullIntra:
        writer.AddFullIntraRequest(kSender, about, static_cast<std::uint8_t>(value));
        break;
      case Rtcp::kNack:
        AddNackItems(writer, about, value, 1 + value % 256);
        break;
      case Rtcp::kRemb:
        writer.AddRemb(kSender, DataRate(std::uint64_t{value} << (value % 48)), sources);
        break;
      case Rtcp::kTransportFeedback: {
        std::vector<rtcp::PacketArrival> arrivals;
        for (std::size_t i = 0; i < 20; ++i) {
          arrivals.push_back(
              {static_cast<std::int64_t>(value + i), now + Microseconds(static_cast<std::int64_t>(i) * 250)});
        }
        writer.AddTransportFeedback(kSender, about, 0, value, arrivals);
        break;
      }
      case Rtcp::kReferenceTime:
        writer.AddReferenceTime(about, ntp);
        break;
      case Rtcp::kDlrr: {
        const std::array items{CompoundWriter::DlrrItem{about, ntp.Compact(), value}};
        writer.AddDlrr(kSender, items);
        break;
      }
      default:
        writer.AddReceiverReport(kSender, {});
        break;
    }
  });
}

}  // namespace ringcast::fuzz
