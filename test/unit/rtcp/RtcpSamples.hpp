#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/rtcp/Compound.hpp"
#include "support/Hex.hpp"

namespace ringcast::rtcp::samples {

using Octets = std::vector<std::uint8_t>;
using test::Hex;

inline Octets operator+(Octets a, const Octets& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// One sample of each packet type, with the type that the reader returns. Fields are in the order of the RFCs.
inline const auto kSenderReport =
    Hex("81c8 000c 11223344 e6a1b2c3 d4e5f607 00abcdef 0000012c 00051615 "
        "55667788 40fffffe 00012345 000000ff b2c3d4e5 00010000");
inline const auto kReceiverReport =
    Hex("82c9 000d 00000001 "
        "11223344 00000000 0000fffe 00000007 b2c3d4e5 00008000 "
        "99aabbcc ff7fffff ffffffff ffffffff ffffffff ffffffff");
// Two chunks: one with CNAME; one with TOOL, CNAME and PRIV.
inline const auto kSourceDescription =
    Hex("82ca 000c 11223344 0110 6162636465666768 696a6b6c6d6e6f70 0000 "
        "55667788 0605 7273742d31 0103 78407a 0803 026b31 000000");
inline const auto kBye = Hex("82cb 0004 11223344 55667788 07 676f6f64627965");
inline const auto kApp = Hex("85cc 0003 11223344 52434153 cafebabe");
inline const auto kNack = Hex("81cd 0004 00000001 11223344 ffff8001 0010 0000");
inline const auto kTmmbr = Hex("83cd 0004 00000001 00000000 11223344 0a7a1240");
inline const auto kTmmbn = Hex("84cd 0002 00000001 00000000");
inline const auto kTransportWide = Hex("8fcd 0005 00000001 11223344 0001 0002 000003 04 2002 0404");
inline const auto kPictureLoss = Hex("81ce 0002 00000001 11223344");
inline const auto kSliceLoss = Hex("82ce 0003 00000001 11223344 00082041");
inline const auto kReferencePicture = Hex("83ce 0003 00000001 11223344 0860 aa00");
inline const auto kFullIntra = Hex("84ce 0006 00000001 00000000 11223344 07000000 55667788 ff000000");
inline const auto kTradeOffRequest = Hex("85ce 0004 00000001 00000000 11223344 0100001f");
inline const auto kTradeOffNotice = Hex("86ce 0004 00000001 00000000 11223344 01000010");
inline const auto kVideoBackChannel = Hex("87ce 0006 00000001 00000000 11223344 0560 0005 0102030405 000000");
inline const auto kApplicationLayer = Hex("8fce 0003 00000001 11223344 41424344");
inline const auto kRemb =
    Hex("8fce 0006 00000001 00000000 52454d42 02 0edc6c 11223344 55667788");  // 1.5 Mbit/s
// Every block type of RFC 3611 and an unknown one.
inline const auto kExtendedReport = Hex(
    "80cf 002b 00000001 "
    "0100 0003 11223344 0001 0064 4001 8000 "                           // loss RLE
    "0200 0002 11223344 0001 0064 "                                     // duplicate RLE
    "0300 0003 11223344 0001 0002 00abcdef "                            // receipt times
    "0400 0002 e6a1b2c3 d4e5f607 "                                      // reference time
    "0500 0006 11223344 b2c3d4e5 00010000 55667788 00000000 00000000 "  // DLRR
    "06e8 0009 11223344 0001 0064 00000001 00000002 00000003 00000004 00000005 00000006 07080900 "  // statistics
    "0700 0008 11223344 01020304 0005 0006 0007 0008 7f7f7f10 5d5d2a2a c0003c 00 0078 00b4 "  // VoIP metrics
    "2a00 0001 00010203");  // target bitrate
inline const auto kUnknown = Hex("81d0 0001 11223344");

inline const std::vector<Octets> kAll{kSenderReport,
                                      kReceiverReport,
                                      kSourceDescription,
                                      kBye,
                                      kApp,
                                      kNack,
                                      kTmmbr,
                                      kTmmbn,
                                      kTransportWide,
                                      kPictureLoss,
                                      kSliceLoss,
                                      kReferencePicture,
                                      kFullIntra,
                                      kTradeOffRequest,
                                      kTradeOffNotice,
                                      kVideoBackChannel,
                                      kApplicationLayer,
                                      kRemb,
                                      kExtendedReport,
                                      kUnknown};

// Returns the only message of a packet.
template <typename T>
T Only(const Octets& packet) {
  CompoundReader reader(packet);
  const auto message = reader.Next();
  REQUIRE(message);
  REQUIRE(std::holds_alternative<T>(*message));
  CHECK_FALSE(reader.Next());
  CHECK_FALSE(reader.Malformed());
  return std::get<T>(*message);
}

inline Octets Bytes(ByteView view) { return {view.begin(), view.end()}; }

// The number of messages that a compound yields before its end or its first malformed packet.
struct Walk {
  std::size_t messages = 0;
  bool malformed = false;
};
inline Walk WalkThrough(ByteView compound) {
  CompoundReader reader(compound);
  Walk walk;
  while (reader.Next()) ++walk.messages;
  walk.malformed = reader.Malformed();
  CHECK_FALSE(reader.Next());  // still at the end
  return walk;
}

}  // namespace ringcast::rtcp::samples
