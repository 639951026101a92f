#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/base/Log.hpp"
#include "support/RecordingLog.hpp"

using namespace ringcast;
using log::Level;
using log::Tag;

TEST_CASE("LogTest: prefixes the messages of each level with its letter", "[base]") {
  struct Row {
    Level level;
    std::vector<std::string> messages;
  };
  const Row rows[] = {
      {Level::kNone, {}},
      {Level::kError, {"Ebroken"}},
      {Level::kWarn, {"Ebroken", "Wodd"}},
      {Level::kDebug, {"Ebroken", "Wodd", "Dstep"}},
  };
  for (const auto& row : rows) {
    test::RecordingLog recording;
    log::SetLevel(row.level);
    CHECK(log::CurrentLevel() == row.level);
    log::Error("broken");
    log::Warn("odd");
    log::Debug("step");
    CHECK(recording.messages == row.messages);
  }
}

TEST_CASE("LogTest: writes a tagged message only when level and tag are enabled", "[base]") {
  struct Row {
    Level level;
    std::uint32_t tags;
    std::vector<std::string> messages;
  };
  const Row rows[] = {
      {Level::kDebug, 0, {}},
      {Level::kDebug, log::Bit(Tag::kRtp), {"Wrtp", "Drtp"}},
      {Level::kDebug, log::Bit(Tag::kInfo) | log::Bit(Tag::kMessage), {"Wmessage", "Dinfo"}},
      {Level::kWarn,
       log::Bit(Tag::kRtp) | log::Bit(Tag::kMessage) | log::Bit(Tag::kInfo),
       {"Wrtp", "Wmessage"}},
      {Level::kError, ~0U, {}},
      {Level::kNone, ~0U, {}},
  };
  for (const auto& row : rows) {
    test::RecordingLog recording;
    log::SetLevel(row.level);
    log::SetTags(row.tags);
    log::Warn(Tag::kRtp, "rtp");
    log::Warn(Tag::kMessage, "message");
    log::Debug(Tag::kRtp, "rtp");
    log::Debug(Tag::kInfo, "info");
    CHECK(recording.messages == row.messages);
  }
}

TEST_CASE("LogTest: drops messages without a sink", "[base]") {
  log::SetLevel(Level::kDebug);
  log::Error("to nobody");
  const test::RecordingLog recording;
  CHECK(recording.messages.empty());
}

TEST_CASE("LogTest: parses levels and tags by the names of the command line", "[base]") {
  for (const auto* name : {"none", "error", "warn", "debug"}) {
    const auto level = log::ParseLevel(name);
    REQUIRE(level);
    CHECK(log::Name(*level) == name);
  }
  const char* const tags[] = {"info", "ice",   "dtls",      "rtp", "srtp", "rtcp",   "rtx",
                              "bwe",  "score", "simulcast", "svc", "sctp", "message"};
  std::uint32_t bits = 0;
  for (const auto* name : tags) {
    const auto tag = log::ParseTag(name);
    REQUIRE(tag);
    bits |= log::Bit(*tag);
  }
  CHECK(bits == (1U << log::kTagCount) - 1);
  CHECK(log::ParseTag("svc") == Tag::kSvc);
  CHECK(log::ParseTag("message") == Tag::kMessage);
}

TEST_CASE("LogTest: rejects unknown names", "[base]") {
  for (const auto* name : {"", "Debug", "debug ", "verbose", "rtp"}) CHECK_FALSE(log::ParseLevel(name));
  for (const auto* name : {"", "RTP", "rt", "rtpx", "debug"}) CHECK_FALSE(log::ParseTag(name));
}
