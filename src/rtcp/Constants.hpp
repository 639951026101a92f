#pragma once

#include <cstddef>
#include <cstdint>

namespace ringcast::rtcp {

inline constexpr std::size_t kHeaderSize = 4;
inline constexpr std::size_t kReportBlockSize = 24;  // RFC 3550 section 6.4.1
inline constexpr std::size_t kSenderInfoSize = 20;
inline constexpr std::size_t kFeedbackHeaderSize =
    12;  // common header, sender ssrc and media ssrc (RFC 4585 section 6.1)

enum PacketType : std::uint8_t {
  kSenderReportType = 200,  // RFC 3550 section 12.1
  kReceiverReportType = 201,
  kSourceDescriptionType = 202,
  kByeType = 203,
  kAppType = 204,
  kTransportFeedbackType = 205,  // RFC 4585 section 6.1: RTPFB
  kPayloadFeedbackType = 206,    // PSFB
  kExtendedReportType = 207,     // RFC 3611 section 2
};

// Feedback message types (FMT) of kTransportFeedbackType.
inline constexpr std::uint8_t kNackFormat = 1;   // RFC 4585 section 6.2.1
inline constexpr std::uint8_t kTmmbrFormat = 3;  // RFC 5104 section 4.2.1
inline constexpr std::uint8_t kTmmbnFormat = 4;  // RFC 5104 section 4.2.2
inline constexpr std::uint8_t kTransportWideFormat =
    15;  // draft-holmer-rmcat-transport-wide-cc-extensions-01

// Feedback message types (FMT) of kPayloadFeedbackType.
inline constexpr std::uint8_t kPictureLossFormat = 1;        // RFC 4585 section 6.3.1
inline constexpr std::uint8_t kSliceLossFormat = 2;          // RFC 4585 section 6.3.2
inline constexpr std::uint8_t kReferencePictureFormat = 3;   // RFC 4585 section 6.3.3
inline constexpr std::uint8_t kFullIntraRequestFormat = 4;   // RFC 5104 section 4.3.1
inline constexpr std::uint8_t kTradeOffRequestFormat = 5;    // RFC 5104 section 4.3.2
inline constexpr std::uint8_t kTradeOffNoticeFormat = 6;     // RFC 5104 section 4.3.3
inline constexpr std::uint8_t kVideoBackChannelFormat = 7;   // RFC 5104 section 4.3.4
inline constexpr std::uint8_t kApplicationLayerFormat = 15;  // RFC 4585 section 6.4

inline constexpr std::uint32_t kRembIdentifier = 0x52454D42;  // "REMB"
inline constexpr int kRembMantissaBits = 18;                  // draft-alvestrand-rmcat-remb-03 section 2.2

inline constexpr std::uint8_t kCnameItem = 1;  // RFC 3550 section 6.5.1

// Block types of kExtendedReportType (RFC 3611 sections 4.1 to 4.7).
inline constexpr std::uint8_t kLossRleBlock = 1;
inline constexpr std::uint8_t kDuplicateRleBlock = 2;
inline constexpr std::uint8_t kReceiptTimesBlock = 3;
inline constexpr std::uint8_t kReferenceTimeBlock = 4;
inline constexpr std::uint8_t kDlrrBlock = 5;
inline constexpr std::uint8_t kStatisticsSummaryBlock = 6;
inline constexpr std::uint8_t kVoipMetricsBlock = 7;
inline constexpr std::size_t kDlrrItemSize = 12;

}  // namespace ringcast::rtcp
