#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Types.hpp"
#include "ringcast/rtcp/TransportFeedback.hpp"
#include "ringcast/rtp/Reports.hpp"

namespace ringcast::rtcp {

// Views into one RTCP packet of a compound (RFC 3550 section 6.1); lists are walked with their iterators,
// nothing is allocated. Each was checked: the list fits its packet.

using rtp::ReportBlock;
using rtp::SenderInfo;

// `count` blocks of 24 bytes.
class ReportBlocks {
 public:
  ReportBlocks() = default;
  ReportBlocks(ByteView bytes, std::size_t count) : bytes_(bytes), count_(count) {}
  [[nodiscard]] std::size_t Size() const { return count_; }
  [[nodiscard]] ReportBlock At(std::size_t index) const;

 private:
  ByteView bytes_;
  std::size_t count_ = 0;
};

struct SenderReport {
  Ssrc sender;
  NtpTime ntp;
  std::uint32_t rtpTimestamp = 0;
  std::uint32_t packetCount = 0;
  std::uint32_t octetCount = 0;
  ReportBlocks blocks;
};
// True if the compound begins with a sender report.
[[nodiscard]] bool IsSenderReport(ByteView compound);
struct ReceiverReport {
  Ssrc sender;
  ReportBlocks blocks;
};
// Chunks of an ssrc and its items. All were checked; only CNAME is of use here.
struct SourceDescription {  // RFC 3550 section 6.5
  ByteView chunks;
  std::size_t count = 0;
  // CNAME of `ssrc`, empty if it is not described.
  [[nodiscard]] std::string_view Cname(Ssrc ssrc) const;
};
struct Bye {         // RFC 3550 section 6.6
  ByteView sources;  // 4 bytes each
  std::string_view reason;
  [[nodiscard]] std::size_t Size() const { return sources.size() / 4; }
  [[nodiscard]] Ssrc At(std::size_t index) const { return Ssrc(LoadU32(sources.data() + 4 * index)); }
};
struct App {  // RFC 3550 section 6.7
  Ssrc sender;
  std::string_view name;  // 4 characters
  ByteView data;
};
struct Nack {  // RFC 4585 section 6.2.1: pairs of PID and BLP, 4 bytes each
  Ssrc sender, media;
  ByteView items;
  [[nodiscard]] std::size_t Size() const { return items.size() / 4; }
  [[nodiscard]] std::uint16_t PacketId(std::size_t i) const { return LoadU16(items.data() + 4 * i); }
  [[nodiscard]] std::uint16_t Bitmask(std::size_t i) const { return LoadU16(items.data() + 4 * i + 2); }
};
struct PictureLoss {  // RFC 4585 section 6.3.1
  Ssrc sender, media;
};
struct FullIntraRequest {  // RFC 5104 section 4.3.1: ssrc, sequence number, 8 bytes each
  Ssrc sender;
  ByteView items;
  [[nodiscard]] std::size_t Size() const { return items.size() / 8; }
  [[nodiscard]] Ssrc Media(std::size_t i) const { return Ssrc(LoadU32(items.data() + 8 * i)); }
  [[nodiscard]] std::uint8_t SequenceNumber(std::size_t i) const { return items[8 * i + 4]; }
};
struct Remb {  // draft-alvestrand-rmcat-remb-03
  Ssrc sender;
  DataRate bitrate;  // what 64 bits can't hold reads as the most they can
  ByteView sources;  // 4 bytes each, at most 255 of them
  [[nodiscard]] std::size_t Size() const { return sources.size() / 4; }
  [[nodiscard]] Ssrc At(std::size_t index) const { return Ssrc(LoadU32(sources.data() + 4 * index)); }
};
// Every other feedback message of RFC 4585 and 5104 (SLI, RPSI, TMMBR, TMMBN, TSTR, TSTN, VBCM, application
// layer).
struct OtherFeedback {
  std::uint8_t packetType = 0;  // 205 or 206
  std::uint8_t format = 0;
  Ssrc sender, media;
  ByteView fci;
};
struct ExtendedReport {  // RFC 3611 section 2; each block was checked to fit
  Ssrc sender;
  ByteView blocks;
  std::optional<NtpTime> referenceTime;  // section 4.4, if there is such a block
  // Section 4.5: sub-blocks of ssrc, last RR, delay since it, 12 bytes each.
  ByteView dlrr;
};
struct UnknownPacket {  // a packet type that no one here knows; skipped, not an error
  std::uint8_t packetType = 0;
};

using Message =
    std::variant<UnknownPacket, SenderReport, ReceiverReport, SourceDescription, Bye, App, Nack, PictureLoss,
                 FullIntraRequest, Remb, TransportFeedback, OtherFeedback, ExtendedReport>;

// Walks a compound packet; reduced-size packets are welcome (RFC 5506). A packet whose length does not fit,
// of another version, or with a list longer than itself, ends the walk with Malformed(); the ones before it
// stand.
class CompoundReader {
 public:
  explicit CompoundReader(ByteView compound) : rest_(compound) {}

  [[nodiscard]] std::optional<Message> Next();
  [[nodiscard]] bool Malformed() const { return malformed_; }

 private:
  ByteView rest_;
  bool malformed_ = false;
};

// Bytes of a compound that every path carries in one piece, SRTCP, UDP and IP included.
inline constexpr std::size_t kMaxCompound = 1200;

// Builds a compound packet into a buffer of the caller's; each Add is all or nothing and says whether it
// fitted.
class CompoundWriter {
 public:
  explicit CompoundWriter(MutableBytes out) : out_(out) {}

  // At most 31 blocks in one report (5-bit count).
  static constexpr std::size_t kMaxBlocks = 31;
  static constexpr std::size_t kMaxByeSources = 31;  // likewise

  bool AddSenderReport(Ssrc sender, const SenderInfo& info, std::span<const ReportBlock> blocks);
  bool AddReceiverReport(Ssrc sender, std::span<const ReportBlock> blocks);
  bool AddCname(Ssrc ssrc, std::string_view cname);  // an SDES with one chunk; cname at most 255 bytes
  bool AddBye(std::span<const Ssrc> sources);        // at most kMaxByeSources
  bool AddPictureLoss(Ssrc sender, Ssrc media);
  bool AddFullIntraRequest(Ssrc sender, Ssrc media, std::uint8_t sequenceNumber);
  struct NackItem {
    std::uint16_t packetId = 0;
    std::uint16_t bitmask = 0;
  };
  bool AddNack(Ssrc sender, Ssrc media, std::span<const NackItem> items);
  bool AddReferenceTime(Ssrc sender, NtpTime ntp);  // XR with one block (RFC 3611 section 4.4)
  struct DlrrItem {
    Ssrc ssrc;
    std::uint32_t lastReference = 0;
    std::uint32_t delay = 0;
  };
  bool AddDlrr(Ssrc sender, std::span<const DlrrItem> items);  // RFC 3611 section 4.5
  // At most 255 sources (8-bit count). The bitrate is rounded down to 18 significant bits.
  bool AddRemb(Ssrc sender, DataRate bitrate, std::span<const Ssrc> sources);
  // Tells of the packets from `base` on, those of `arrivals` as received and those between them as not.
  // `arrivals` are in the order of their sequence numbers, none is below `base`. Returns how many packets
  // from `base` on one message took; the rest, a delta of more than 8 s before it for example, is for the
  // next one. 0: none fits, or the first arrival lies kMaxFeedbackStatuses off.
  std::size_t AddTransportFeedback(Ssrc sender, Ssrc media, std::uint8_t feedbackCount, std::int64_t base,
                                   std::span<const PacketArrival> arrivals);

  [[nodiscard]] std::size_t Size() const { return written_; }
  [[nodiscard]] bool Empty() const { return written_ == 0; }

 private:
  // Room for a packet of `size` bytes behind what was written; nullopt: it does not fit.
  [[nodiscard]] std::optional<ByteWriter> Begin(std::size_t size) const;
  bool Finish(const ByteWriter& packet);

  MutableBytes out_;
  std::size_t written_ = 0;
};

}  // namespace ringcast::rtcp
