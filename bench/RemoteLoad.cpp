#include "bench/RemoteLoad.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <span>

#include "bench/FanoutReport.hpp"
#include "bench/JsonObject.hpp"
#include "bench/LoadProcess.hpp"
#include "worker/CommandLine.hpp"

namespace ringcast::bench {
namespace {

// The longest line contains a key with its index and name.
constexpr std::size_t kMaxLine = 128;

// Removes and returns the first word, up to the next space.
std::string_view TakeWord(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

Result<std::size_t> ParseIndex(std::string_view word, std::size_t count) {
  return worker::ParseNumber<std::size_t>({"an index", word}, 0, count - 1);
}

Status StoreKey(LoadPlan::KeyText& out, std::string_view key, const FanoutOptions& options) {
  if (!options.suite) return TypeError("a key, but the suite is none");
  if (!srtp::MasterKey::FromBase64(*options.suite, key))
    return TypeError(worker::Quoted(key) + " is not a base64 master key of the suite");
  StoreText(out, key);
  return OkStatus();
}

void Say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

// Reads lines and applies them until "go".
Status AwaitGo(const FanoutOptions& options, LoadPlan& plan) {
  std::array<char, kMaxLine> buffer{};
  while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), stdin) != nullptr) {
    std::string_view line(buffer.data());
    if (!line.ends_with('\n')) return TypeError("a line is too long or not ended: " + worker::Quoted(line));
    line.remove_suffix(1);
    const auto go = ApplyLine(line, options, plan);
    if (!go) return go.Failure();
    if (*go) return OkStatus();
  }
  return GenericError("the controller is gone");
}

}  // namespace

Result<bool> ApplyLine(std::string_view line, const FanoutOptions& options, LoadPlan& plan) {
  std::string_view rest = line;
  const auto verb = TakeWord(rest);
  const auto unknown = TypeError("not understood: " + worker::Quoted(line));
  if (verb == "go") return rest.empty() ? Result<bool>(true) : unknown;
  if (verb == "producer") {
    const auto index = ParseIndex(TakeWord(rest), options.producers);
    if (!index) return index.Failure();
    const auto port = worker::ParseNumber<std::uint16_t>({"a port", rest}, 1, UINT16_MAX);
    if (!port) return port.Failure();
    plan.producerPorts[*index] = *port;
    return false;
  }
  if (verb == "senderKey") {
    if (auto status = StoreKey(plan.senderKey, rest, options); !status) return status.Failure();
    return false;
  }
  if (verb == "consumerKey") {
    const auto index = ParseIndex(TakeWord(rest), options.consumers);
    if (!index) return index.Failure();
    if (auto status = StoreKey(plan.consumerKeys[*index], rest, options); !status) return status.Failure();
    return false;
  }
  return unknown;
}

Status CheckComplete(const FanoutOptions& options, const LoadPlan& plan) {
  for (std::size_t i = 0; i < options.producers; ++i) {
    if (plan.producerPorts[i] == 0) return TypeError("no port for producer " + std::to_string(i));
  }
  if (!options.suite) return OkStatus();
  if (plan.senderKey.front() == 0) return TypeError("no key for the senders");
  // No packets return that would have to be decrypted.
  if (options.sink) return OkStatus();
  for (std::size_t i = 0; i < options.consumers; ++i) {
    if (plan.consumerKeys[i].front() == 0) return TypeError("no key for consumer " + std::to_string(i));
  }
  return OkStatus();
}

std::string ReadyLine(const FanoutOptions& options, const LoadPlan& plan) {
  JsonObject json;
  json.Add("event", "ready");
  json.Add("senderPorts", std::span(plan.senderPorts).first(options.producers));
  json.Add("receiverPorts", std::span(plan.receiverPorts).first(options.consumers));
  return json.Text();
}

std::string EndLine(const FanoutOptions& options, const LoadResult& result) {
  JsonObject json;
  json.Add("event", "end");
  json.Add("seconds", std::uint64_t{options.seconds});
  if (options.sink) {
    AddSendResult(json, result);
    return json.Text();
  }
  json.Add("lossPercent", LossPercent(result.received, result.expected));
  AddLoadResult(json, result);
  return json.Text();
}

Status RunRemoteLoad(const FanoutOptions& options) {
  auto load = LoadProcess::Start(options);
  if (!load) return load.Failure();
  if (load->NextSignal() != Signal::kReady) return load->Failure();
  Say(ReadyLine(options, load->Plan()));
  if (auto status = AwaitGo(options, load->Plan()); !status) return status;
  if (auto status = CheckComplete(options, load->Plan()); !status) return status;
  load->TellGo();

  if (load->NextSignal() != Signal::kBegin) return load->Failure();
  JsonObject begin;
  begin.Add("event", "begin");
  Say(begin.Text());
  if (auto status = AwaitGo(options, load->Plan()); !status) return status;
  load->TellGo();

  if (load->NextSignal() != Signal::kEnd) return load->Failure();
  Say(EndLine(options, load->Plan().result));
  return OkStatus();
}

}  // namespace ringcast::bench
