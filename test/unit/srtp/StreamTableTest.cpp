#include <catch2/catch.hpp>

#include "srtp/StreamTable.hpp"

using ringcast::srtp::StreamTable;

TEST_CASE("StreamTableTest: keeps all streams while it has room", "[srtp]") {
  StreamTable table(3);
  for (const std::uint32_t ssrc : {30U, 10U, 20U, 10U, 30U}) CHECK_FALSE(table.Touch(ssrc));
  CHECK(table.Size() == 3);
}

TEST_CASE("StreamTableTest: removes the stream that was silent longest when full", "[srtp]") {
  StreamTable table(3);
  for (const std::uint32_t ssrc : {30U, 10U, 20U}) CHECK_FALSE(table.Touch(ssrc));
  CHECK_FALSE(table.Touch(30));
  CHECK(table.Touch(40) == 10U);
  CHECK(table.Touch(5) == 20U);
  CHECK_FALSE(table.Touch(40));
  CHECK(table.Touch(0xFFFFFFFF) == 30U);
  CHECK(table.Touch(0) == 5U);
  CHECK(table.Size() == 3);
  for (const std::uint32_t ssrc : {0U, 40U, 0xFFFFFFFFU}) CHECK_FALSE(table.Touch(ssrc));
}

TEST_CASE("StreamTableTest: creates a removed stream again", "[srtp]") {
  StreamTable table(1);
  CHECK_FALSE(table.Touch(1));
  CHECK(table.Touch(2) == 1U);
  CHECK(table.Touch(1) == 2U);
}
