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

// Views into one RTCP packet of a compound packet (RFC 3550 section 6.1). Lists are read by index or
// iterator, without allocation. The reader has checked that each list fits into its packet.

using rtp::ReportBlock;
using rtp::SenderInfo;

// `count` report blocks of 24 bytes each.
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
// Returns true if the first packet of the compound is a sender report.
[[nodiscard]] bool IsSenderReport(ByteView compound);
struct ReceiverReport {
  Ssrc sender;
  ReportBlocks blocks;
};
// SDES chunks: an ssrc and its items each. The reader has checked all of them; only CNAME is used.
struct SourceDescription {  // RFC 3550 section 6.5
  ByteView chunks;
  std::size_t count = 0;
  // Returns the CNAME of `ssrc`, or an empty string if the packet has none.
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
struct FullIntraRequest {  // RFC 5104 section 4.3.1: ssrc and sequence number, 8 bytes each
  Ssrc sender;
  ByteView items;
  [[nodiscard]] std::size_t Size() const { return items.size() / 8; }
  [[nodiscard]] Ssrc Media(std::size_t i) const { return Ssrc(LoadU32(items.data() + 8 * i)); }
  [[nodiscard]] std::uint8_t SequenceNumber(std::size_t i) const { return items[8 * i + 4]; }
};
struct Remb {  // draft-alvestrand-rmcat-remb-03
  Ssrc sender;
  DataRate bitrate;  // clamped to the largest 64-bit value
  ByteView sources;  // 4 bytes each, 255 at most
  [[nodiscard]] std::size_t Size() const { return sources.size() / 4; }
  [[nodiscard]] Ssrc At(std::size_t index) const { return Ssrc(LoadU32(sources.data() + 4 * index)); }
};
// Any other feedback message of RFC 4585 and RFC 5104 (SLI, RPSI, TMMBR, TMMBN, TSTR, TSTN, VBCM, application
// layer feedback).
struct OtherFeedback {
  std::uint8_t packetType = 0;  // 205 or 206
  std::uint8_t format = 0;
  Ssrc sender, media;
  ByteView fci;
};
struct ExtendedReport {  // RFC 3611 section 2; the size of each block has been checked
  Ssrc sender;
  ByteView blocks;
  std::optional<NtpTime> referenceTime;  // RRTR block (section 4.4), if present
  // DLRR block (section 4.5): sub-blocks of ssrc, last RR and delay since last RR, 12 bytes each.
  ByteView dlrr;
};
struct UnknownPacket {  // an unsupported packet type; skipped, not an error
  std::uint8_t packetType = 0;
};

using Message =
    std::variant<UnknownPacket, SenderReport, ReceiverReport, SourceDescription, Bye, App, Nack, PictureLoss,
                 FullIntraRequest, Remb, TransportFeedback, OtherFeedback, ExtendedReport>;

// Reads a compound packet, or a reduced-size one (RFC 5506), packet by packet. A packet with a wrong version,
// with a length beyond the end of the compound, or with a list beyond its own end, stops the reader and sets
// Malformed(). The packets before it remain valid.
class CompoundReader {
 public:
  explicit CompoundReader(ByteView compound) : rest_(compound) {}

  [[nodiscard]] std::optional<Message> Next();
  [[nodiscard]] bool Malformed() const { return malformed_; }

 private:
  ByteView rest_;
  bool malformed_ = false;
};

// Size limit of a compound, so that with the overhead of SRTCP, UDP and IP it fits into the MTU of every
// path.
inline constexpr std::size_t kMaxCompound = 1200;

// Writes a compound packet into the caller's buffer. Each Add method writes a whole packet and returns true,
// or writes nothing and returns false if the packet does not fit.
class CompoundWriter {
 public:
  explicit CompoundWriter(MutableBytes out) : out_(out) {}

  // Maximum number of report blocks in one report (5-bit count).
  static constexpr std::size_t kMaxBlocks = 31;
  static constexpr std::size_t kMaxByeSources = 31;  // 5-bit count

  bool AddSenderReport(Ssrc sender, const SenderInfo& info, std::span<const ReportBlock> blocks);
  bool AddReceiverReport(Ssrc sender, std::span<const ReportBlock> blocks);
  bool AddCname(Ssrc ssrc, std::string_view cname);  // one SDES chunk; cname of 255 bytes at most
  bool AddBye(std::span<const Ssrc> sources);        // kMaxByeSources at most
  bool AddPictureLoss(Ssrc sender, Ssrc media);
  bool AddFullIntraRequest(Ssrc sender, Ssrc media, std::uint8_t sequenceNumber);
  struct NackItem {
    std::uint16_t packetId = 0;
    std::uint16_t bitmask = 0;
  };
  bool AddNack(Ssrc sender, Ssrc media, std::span<const NackItem> items);
  bool AddReferenceTime(Ssrc sender, NtpTime ntp);  // XR with an RRTR block (RFC 3611 section 4.4)
  struct DlrrItem {
    Ssrc ssrc;
    std::uint32_t lastReference = 0;
    std::uint32_t delay = 0;
  };
  bool AddDlrr(Ssrc sender, std::span<const DlrrItem> items);  // XR with a DLRR block (RFC 3611 section 4.5)
  // `sources`: 255 at most (8-bit count). Rounds the bitrate down to 18 significant bits.
  bool AddRemb(Ssrc sender, DataRate bitrate, std::span<const Ssrc> sources);
  // Adds one feedback message about the packets from `base` on: it reports those in `arrivals` as received,
  // and those between them as lost. `arrivals` is sorted by sequence number and starts at or after `base`.
  // Returns the number of packets that the message covers; the caller reports the others in the next message,
  // for example those after a delta of more than 8 s. Returns 0 if the buffer is full, or if the first
  // arrival is kMaxFeedbackStatuses or more after `base`.
  std::size_t AddTransportFeedback(Ssrc sender, Ssrc media, std::uint8_t feedbackCount, std::int64_t base,
                                   std::span<const PacketArrival> arrivals);

  [[nodiscard]] std::size_t Size() const { return written_; }
  [[nodiscard]] bool Empty() const { return written_ == 0; }

 private:
  // Returns a writer for the next `size` bytes, or nullopt if they do not fit.
  [[nodiscard]] std::optional<ByteWriter> Begin(std::size_t size) const;
  bool Finish(const ByteWriter& packet);

  MutableBytes out_;
  std::size_t written_ = 0;
};

}  // namespace ringcast::rtcp
