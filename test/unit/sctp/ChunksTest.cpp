#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/sctp/Chunks.hpp"
#include "ringcast/sctp/Cookie.hpp"
#include "ringcast/sctp/Crc32c.hpp"

namespace ringcast::sctp {

namespace {

using Octets = std::vector<std::uint8_t>;

Octets Packet(const Octets& chunks) {
  Octets packet;
  PacketWriter writer(packet, 1500, {.sourcePort = 1, .destinationPort = 2, .verificationTag = 3});
  writer.Bytes(chunks);
  writer.Finish(false);
  return packet;
}

}  // namespace

TEST_CASE("ChunksTest: computes CRC32c like RFC 3720", "[sctp]") {
  // Appendix B.4.
  Octets rising(32), falling(32);
  for (std::size_t i = 0; i < 32; ++i) {
    rising[i] = static_cast<std::uint8_t>(i);
    falling[i] = static_cast<std::uint8_t>(31 - i);
  }
  CHECK(Crc32c().Add(Octets(32, 0)).Value() == 0x8A9136AA);
  CHECK(Crc32c().Add(Octets(32, 0xFF)).Value() == 0x62A8AB43);
  CHECK(Crc32c().Add(rising).Value() == 0x46DD794E);
  CHECK(Crc32c().Add(falling).Value() == 0x113FDB5C);
  // In parts of any size.
  for (std::size_t cut = 0; cut <= rising.size(); ++cut) {
    const ByteView whole(rising);
    CHECK(Crc32c().Add(whole.first(cut)).Add(whole.subspan(cut)).Value() == 0x46DD794E);
  }
}

TEST_CASE("ChunksTest: refuses packets with a wrong checksum, and zeros unless they are negotiated",
          "[sctp]") {
  auto packet = Packet({11, 0, 0, 4});
  CHECK(PacketReader::Parse(packet, false));
  for (std::size_t bit = 0; bit < packet.size() * 8; ++bit) {
    auto other = packet;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ 1 << bit % 8);
    CHECK_FALSE(PacketReader::Parse(other, false));
  }
  std::fill_n(packet.begin() + 8, 4, std::uint8_t{0});
  CHECK_FALSE(PacketReader::Parse(packet, false));
  CHECK(PacketReader::Parse(packet, true));
  CHECK_FALSE(PacketReader::Parse(ByteView(packet).first(15), true));
}

TEST_CASE("ChunksTest: stops at a chunk that contradicts its length", "[sctp]") {
  struct Row {
    const char* name;
    Octets chunks;
    std::size_t count;
  };
  for (const Row& row :
       {Row{"two", {11, 0, 0, 4, 14, 0, 0, 4}, 2}, Row{"padded", {9, 0, 0, 5, 7, 0, 0, 0, 11, 0, 0, 4}, 2},
        Row{"last without padding", {9, 0, 0, 5, 7}, 1}, Row{"too short", {9, 0, 0, 3}, 0},
        Row{"length 0", {9, 0, 0, 0, 9, 0, 0, 0}, 0}, Row{"too long", {9, 0, 0, 9, 1, 2, 3, 4}, 0},
        Row{"huge", {9, 0, 255, 255}, 0}}) {
    INFO(row.name);
    const auto packet = Packet(row.chunks);
    auto reader = PacketReader::Parse(packet, false);
    REQUIRE(reader);
    std::size_t count = 0;
    while (reader->Next()) ++count;
    CHECK(count == row.count);
  }
}

TEST_CASE("ChunksTest: refuses chunks with forbidden values", "[sctp]") {
  const auto chunk = [](const Octets& value) { return ChunkView{0, 3, value}; };
  CHECK_FALSE(DataChunk::Parse(chunk(Octets(12))));  // no user data
  CHECK(DataChunk::Parse(chunk(Octets(13))));
  CHECK_FALSE(DataChunk::Parse(chunk({})));

  Octets init(16, 1);
  CHECK(InitChunk::Parse(chunk(init)));
  for (const std::size_t zero : {0U, 8U, 10U}) {  // tag, outbound and inbound streams
    auto other = init;
    std::fill_n(other.begin() + static_cast<std::ptrdiff_t>(zero), zero == 0 ? 4 : 2, std::uint8_t{0});
    CHECK_FALSE(InitChunk::Parse(chunk(other)));
  }
  CHECK_FALSE(InitChunk::Parse(chunk(Octets(15, 1))));

  Octets sack(12);
  CHECK(SackChunk::Parse(chunk(sack)));
  sack[9] = 1;  // a gap block that is not there
  CHECK_FALSE(SackChunk::Parse(chunk(sack)));
  sack.resize(16);
  CHECK(SackChunk::Parse(chunk(sack))->gaps.size() == 1);
  sack[8] = sack[9] = sack[10] = sack[11] = 0xFF;  // 65,535 gap blocks and duplicates
  CHECK_FALSE(SackChunk::Parse(chunk(sack)));

  CHECK_FALSE(ForwardTsnChunk::Parse(chunk(Octets(3))));
  CHECK(ForwardTsnChunk::Parse(chunk(Octets(4)))->skipped.empty());
  CHECK(ForwardTsnChunk::Parse(chunk(Octets(11)))->skipped.size() == 1);
}

TEST_CASE("ChunksTest: a cookie opens with its key for a minute", "[sctp]") {
  constexpr Instant kNow{Seconds(5000)};
  const SipHashKey key{1}, foreign{2};
  const Cookie cookie{.localTag = 1,
                      .localInitialTsn = 2,
                      .created = kNow,
                      .peer = {.tag = 3, .initialTsn = 4, .receiveWindow = 5, .forwardTsn = true}};
  const auto sealed = cookie.Seal(key);
  const auto opened = Cookie::Open(sealed, key, kNow + Seconds(60));
  REQUIRE(opened.cookie);
  CHECK(opened.cookie->localTag == 1);
  CHECK(opened.cookie->localInitialTsn == 2);
  CHECK(opened.cookie->created == kNow);
  CHECK(opened.cookie->peer.tag == 3);
  CHECK(opened.cookie->peer.initialTsn == 4);
  CHECK(opened.cookie->peer.receiveWindow == 5);
  CHECK(opened.cookie->peer.forwardTsn);
  CHECK_FALSE(opened.cookie->peer.reConfig);

  const auto stale = Cookie::Open(sealed, key, kNow + Milliseconds(60'001));
  CHECK_FALSE(stale.cookie);
  CHECK(stale.fault == Cookie::Fault::kStale);
  CHECK(Cookie::Open(sealed, foreign, kNow).fault == Cookie::Fault::kForged);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto other = sealed;
    other[i] ^= 0x80;
    CHECK_FALSE(Cookie::Open(other, key, kNow).cookie);
  }
  CHECK_FALSE(Cookie::Open(ByteView(sealed).first(47), key, kNow).cookie);
}

}  // namespace ringcast::sctp
