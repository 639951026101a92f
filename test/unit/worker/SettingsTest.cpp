#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "Settings.hpp"

using namespace ringcast;
using worker::ParseSettings;
using worker::Settings;

namespace {

using Arguments = std::vector<std::string_view>;

Settings Accepted(const Arguments& arguments, const worker::Variables& variables = {}) {
  const auto settings = ParseSettings(arguments, variables);
  if (!settings) FAIL(settings.Failure().reason);
  return *settings;
}

}  // namespace

TEST_CASE("SettingsTest: has documented defaults", "[worker][settings]") {
  const auto settings = Accepted({});
  CHECK(settings.logLevel == log::Level::kError);
  CHECK(settings.logTags == 0);
  CHECK(settings.rtcMinPort == 10000);
  CHECK(settings.rtcMaxPort == 59999);
  CHECK(settings.dtlsCertificateFile.empty());
  CHECK(settings.dtlsPrivateKeyFile.empty());
  CHECK_FALSE(settings.disableLiburing);
  CHECK(settings.warnings.empty());
}

TEST_CASE("SettingsTest: accepts a value behind an equals sign or as the next argument",
          "[worker][settings]") {
  const Arguments forms[] = {
      {"--logLevel=warn", "--rtcMinPort=0", "--rtcMaxPort=9999", "--disableLiburing=true"},
      {"--logLevel", "warn", "--rtcMinPort", "0", "--rtcMaxPort", "9999", "--disableLiburing", "true"},
      {"--rtcMaxPort=9999", "--disableLiburing", "true", "--rtcMinPort=0", "--logLevel", "warn"},
  };
  for (const auto& arguments : forms) {
    const auto settings = Accepted(arguments);
    CHECK(settings.logLevel == log::Level::kWarn);
    CHECK(settings.rtcMinPort == 0);
    CHECK(settings.rtcMaxPort == 9999);
    CHECK(settings.disableLiburing);
  }
}

TEST_CASE("SettingsTest: knows each log level of the controller", "[worker][settings]") {
  CHECK(Accepted({"--logLevel=debug"}).logLevel == log::Level::kDebug);
  CHECK(Accepted({"--logLevel=warn"}).logLevel == log::Level::kWarn);
  CHECK(Accepted({"--logLevel=error"}).logLevel == log::Level::kError);
  CHECK(Accepted({"--logLevel=none"}).logLevel == log::Level::kNone);
}

TEST_CASE("SettingsTest: accumulates log tags of either option name", "[worker][settings]") {
  const auto settings = Accepted({"--logTag=info", "--logTags=rtp", "--logTag", "message", "--logTag=rtp"});
  CHECK(settings.logTags ==
        (log::Bit(log::Tag::kInfo) | log::Bit(log::Tag::kRtp) | log::Bit(log::Tag::kMessage)));
}

TEST_CASE("SettingsTest: knows each log tag of the controller", "[worker][settings]") {
  std::uint32_t all = 0;
  for (const std::string_view tag : {"info", "ice", "dtls", "rtp", "srtp", "rtcp", "rtx", "bwe", "score",
                                     "simulcast", "svc", "sctp", "message"}) {
    const auto tags = Accepted({"--logTag", tag}).logTags;
    CHECK((tags != 0 && (tags & (tags - 1)) == 0));
    CHECK((all & tags) == 0);
    all |= tags;
  }
  CHECK(all == (1U << log::kTagCount) - 1);
}

TEST_CASE("SettingsTest: accepts field trials with a warning", "[worker][settings]") {
  const auto settings = Accepted({"--libwebrtcFieldTrials=WebRTC-Bwe-AlrLimitedBackoff/Disabled/"});
  REQUIRE(settings.warnings.size() == 1);
  CHECK(settings.warnings[0].find("WebRTC-Bwe-AlrLimitedBackoff/Disabled/") != std::string::npos);
}

TEST_CASE("SettingsTest: accepts values with equals signs", "[worker][settings]") {
  const auto settings = Accepted({"--dtlsCertificateFile=/a=b/c", "--dtlsPrivateKeyFile", "/d=e"});
  CHECK(settings.dtlsCertificateFile == "/a=b/c");
  CHECK(settings.dtlsPrivateKeyFile == "/d=e");
}

TEST_CASE("SettingsTest: lets options override the environment", "[worker][settings]") {
  CHECK(Accepted({}, {.gsoPadding = "4"}).gsoPadding == 4);
  CHECK(Accepted({}, {.evenSizes = "4"}).gsoPadding == 4);
  CHECK(Accepted({"--evenSizes=3"}).gsoPadding == 3);
  CHECK(Accepted({"--gsoPadding=0"}, {.gsoPadding = "4"}).gsoPadding == 0);
  CHECK(Accepted({}, {.coalesceMs = "2"}).coalesceMs == 2);
  CHECK(Accepted({"--coalesceMs=1"}, {.coalesceMs = "2"}).coalesceMs == 1);
  CHECK(Accepted({}, {.disableLiburing = "1"}).disableLiburing);
  CHECK(Accepted({}, {.disableLiburing = "true"}).disableLiburing);
  CHECK_FALSE(Accepted({}, {.disableLiburing = "0"}).disableLiburing);
  CHECK_FALSE(Accepted({"--disableLiburing=false"}, {.disableLiburing = "1"}).disableLiburing);
}

TEST_CASE("SettingsTest: reports TypeError with the option or value for a wrong setting",
          "[worker][settings]") {
  struct Row {
    Arguments arguments;
    std::string_view says;
  };
  const Row rows[] = {
      {{"--logLevel=chicken"}, "chicken"},
      {{"--logLevel=WARN"}, "WARN"},
      {{"--logTag=chicken"}, "chicken"},
      {{"--logLevel"}, "--logLevel"},
      {{"--logLevel="}, "--logLevel"},
      {{"--logLevel", "--rtcMinPort=1"}, "--logLevel"},
      {{"--rtcMinPort=1000", "--rtcMaxPort=999"}, "1000"},
      {{"--rtcMinPort=60000"}, "60000"},  // above the default of rtcMaxPort
      {{"--rtcMaxPort=65536"}, "65536"},
      {{"--rtcMinPort=-1"}, "-1"},
      {{"--rtcMinPort=+1"}, "+1"},
      {{"--rtcMinPort= 1"}, "\" 1\""},
      {{"--rtcMinPort=1000x"}, "1000x"},
      {{"--rtcMinPort=0x10"}, "0x10"},
      {{"--rtcMinPort=99999999999999999999"}, "99999999999999999999"},
      {{"--dtlsCertificateFile=/cert.pem"}, "dtlsPrivateKeyFile"},
      {{"--dtlsPrivateKeyFile=/key.pem"}, "dtlsCertificateFile"},
      {{"--disableLiburing"}, "--disableLiburing"},
      {{"--gsoPadding=256"}, "256"},
      {{"--coalesceMs=11"}, "11"},
      {{"--disableLiburing=maybe"}, "maybe"},
      {{"--chicken=1"}, "--chicken"},
      {{"--loglevel=warn"}, "--loglevel"},
      {{"chicken"}, "chicken"},
      {{"--rtcMinPort=1", "2"}, "\"2\""},
      {{""}, "\"\""},
  };
  for (const auto& [arguments, says] : rows) {
    INFO("first argument: " << arguments.front());
    const auto settings = ParseSettings(arguments, {});
    REQUIRE_FALSE(settings);
    CHECK(settings.Failure().kind == ErrorKind::kTypeError);
    CHECK_THAT(settings.Failure().reason, Catch::Contains(std::string(says)));
  }
}

TEST_CASE("SettingsTest: names the environment variable of a wrong value", "[worker][settings]") {
  const auto settings = ParseSettings({}, {.disableLiburing = "maybe"});
  REQUIRE_FALSE(settings);
  CHECK_THAT(settings.Failure().reason,
             Catch::Contains("RINGCAST_DISABLE_LIBURING") && Catch::Contains("maybe"));
}

namespace {

// The log is one for the process: what a test changes, it puts back.
class LogRestorer {
 public:
  ~LogRestorer() {
    log::SetLevel(level_);
    log::SetTags(0);
  }

 private:
  log::Level level_ = log::CurrentLevel();
};

}  // namespace

TEST_CASE("SettingsTest: applies only the named parts of a log update", "[worker][settings]") {
  const LogRestorer restorer;
  REQUIRE(worker::UpdateLog("debug", {"rtp", "rtcp"}));
  CHECK(log::Enabled(log::Level::kDebug, log::Tag::kRtcp));
  CHECK_FALSE(log::Enabled(log::Level::kDebug, log::Tag::kIce));
  REQUIRE(worker::UpdateLog("warn", {}));
  CHECK(log::CurrentLevel() == log::Level::kWarn);
  CHECK(log::Enabled(log::Level::kWarn, log::Tag::kRtcp));
  REQUIRE(worker::UpdateLog(std::nullopt, {"ice"}));
  CHECK(log::CurrentLevel() == log::Level::kWarn);
  CHECK(log::Enabled(log::Level::kWarn, log::Tag::kIce));
  CHECK_FALSE(log::Enabled(log::Level::kWarn, log::Tag::kRtcp));
}

TEST_CASE("SettingsTest: applies nothing of an invalid log update", "[worker][settings]") {
  const LogRestorer restorer;
  REQUIRE(worker::UpdateLog("warn", {"rtp"}));
  const auto level = worker::UpdateLog("chicken", {"ice"});
  REQUIRE_FALSE(level);
  CHECK_THAT(level.Failure().reason, Catch::Contains("chicken"));
  const auto tag = worker::UpdateLog("debug", {"ice", "duck"});
  REQUIRE_FALSE(tag);
  CHECK_THAT(tag.Failure().reason, Catch::Contains("duck"));
  CHECK(log::CurrentLevel() == log::Level::kWarn);
  CHECK(log::Enabled(log::Level::kWarn, log::Tag::kRtp));
  CHECK_FALSE(log::Enabled(log::Level::kWarn, log::Tag::kIce));
}

TEST_CASE("SettingsTest: enters the sandbox unless an option or the environment says off",
          "[worker][settings]") {
  CHECK(Accepted({}).sandbox);
  CHECK(Accepted({"--sandbox=on"}).sandbox);
  CHECK_FALSE(Accepted({"--sandbox=off"}).sandbox);
  CHECK_FALSE(Accepted({}, {.sandbox = "off"}).sandbox);
  CHECK(Accepted({"--sandbox", "on"}, {.sandbox = "off"}).sandbox);
  for (const char* wrong : {"true", "1", "OFF"}) {
    const std::string option = std::string("--sandbox=") + wrong;
    const auto settings = ParseSettings(Arguments{option}, {});
    REQUIRE_FALSE(settings.Ok());
    CHECK(settings.Failure().reason.find("on or off") != std::string::npos);
  }
}

TEST_CASE("SettingsTest: leaves no core dumps unless an option or the environment says on",
          "[worker][settings]") {
  CHECK_FALSE(Accepted({}).coreDumps);
  CHECK(Accepted({"--coreDumps=on"}).coreDumps);
  CHECK(Accepted({}, {.coreDumps = "on"}).coreDumps);
  CHECK_FALSE(Accepted({"--coreDumps=off"}, {.coreDumps = "on"}).coreDumps);
}
