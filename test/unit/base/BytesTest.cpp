#include <array>

#include <catch2/catch.hpp>

#include "ringcast/base/Bytes.hpp"

using namespace ringcast;

TEST_CASE("BytesTest: loads and stores in network byte order", "[base]") {
  const std::uint8_t wire[] = {0x81, 0x02, 0x83, 0x04, 0xF5, 0x06, 0x07, 0x88};
  CHECK(LoadU16(wire) == 0x8102);
  CHECK(LoadU24(wire) == 0x810283);
  CHECK(LoadU32(wire) == 0x81028304);
  CHECK(LoadU64(wire) == 0x81028304F5060788);

  std::array<std::uint8_t, 8> out{};
  StoreU64(out.data(), 0x81028304F5060788);
  CHECK(std::equal(out.begin(), out.end(), wire));
  StoreU32(out.data(), 0xFFFEFDFC);
  CHECK(LoadU32(out.data()) == 0xFFFEFDFC);
  StoreU24(out.data(), 0x01ABCDEF);
  CHECK(LoadU24(out.data()) == 0xABCDEF);
  StoreU16(out.data(), 0xBEDE);
  CHECK(LoadU16(out.data()) == 0xBEDE);
}

TEST_CASE("BytesTest: reads front to back and counts the remaining bytes", "[base]") {
  const std::uint8_t wire[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21};
  ByteReader reader(wire);
  CHECK(reader.U8() == 1);
  CHECK(reader.U16() == 0x0203);
  CHECK(reader.U24() == 0x040506);
  CHECK(reader.U32() == 0x0708090A);
  CHECK(reader.U64() == 0x0B0C0D0E0F101112);
  reader.Skip(1);
  const ByteView rest = reader.Bytes(2);
  REQUIRE(rest.size() == 2);
  CHECK(rest[1] == 21);
  CHECK(reader.Ok());
  CHECK(reader.Remaining() == 0);
}

TEST_CASE("BytesTest: fails permanently and returns zeros when a read exceeds the buffer", "[base]") {
  const std::uint8_t wire[] = {1, 2, 3};
  ByteReader reader(wire);
  CHECK(reader.U32() == 0);
  CHECK_FALSE(reader.Ok());
  CHECK(reader.U8() == 0);
  CHECK(reader.Bytes(1).empty());
  CHECK(reader.Remaining() == 0);
  CHECK_FALSE(reader.Ok());
}

TEST_CASE("BytesTest: reads zero bytes of an empty buffer without failing", "[base]") {
  ByteReader reader(ByteView{});
  CHECK(reader.Bytes(0).empty());
  CHECK(reader.Ok());
  CHECK(reader.U8() == 0);
  CHECK_FALSE(reader.Ok());
}

TEST_CASE("BytesTest: writes up to the end of the buffer only", "[base]") {
  std::array<std::uint8_t, 8> out{};
  out.fill(0xEE);
  ByteWriter writer(MutableBytes(out).first(6));
  writer.U8(1);
  writer.U24(0x020304);
  writer.Zeros(1);
  CHECK(writer.Ok());
  CHECK(writer.Remaining() == 1);
  writer.U16(0xAAAA);
  CHECK_FALSE(writer.Ok());
  writer.U8(0xBB);  // would fit, but its field did not
  CHECK(writer.Written() == 5);
  CHECK(out == std::array<std::uint8_t, 8>{1, 2, 3, 4, 0, 0xEE, 0xEE, 0xEE});
}

TEST_CASE("BytesTest: reads back the written values", "[base]") {
  std::array<std::uint8_t, 21> wire{};
  const std::uint8_t bytes[] = {7, 8, 9};
  ByteWriter writer(wire);
  writer.U8(0xFE);
  writer.U16(0xFEDC);
  writer.U24(0xFEDCBA);
  writer.U32(0xFEDCBA98);
  writer.U64(0xFEDCBA9876543210);
  writer.Bytes(bytes);
  writer.Bytes({});
  REQUIRE(writer.Ok());
  REQUIRE(writer.Written() == wire.size());

  ByteReader reader(wire);
  CHECK(reader.U8() == 0xFE);
  CHECK(reader.U16() == 0xFEDC);
  CHECK(reader.U24() == 0xFEDCBA);
  CHECK(reader.U32() == 0xFEDCBA98);
  CHECK(reader.U64() == 0xFEDCBA9876543210);
  CHECK(reader.Bytes(3)[2] == 9);
  CHECK(reader.Ok());
}
