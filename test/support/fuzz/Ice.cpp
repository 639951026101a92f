#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Random.hpp"
#include "ringcast/ice/Agent.hpp"
#include "support/StunSamples.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using namespace ice;

// More tuples than an agent keeps.
constexpr std::size_t kTuples = Agent::kMaxTuples + 4;

std::vector<Tuple> MakeTuples() {
  std::vector<Tuple> tuples;
  for (std::size_t i = 0; i < kTuples; ++i) {
    const bool v6 = i % 3 == 0;
    const auto port = static_cast<std::uint16_t>(4000 + i);
    const auto remote = net::Address::Parse(v6 ? "2001:db8::1" : "192.0.2.1", port);
    const auto socket = net::SocketId(static_cast<std::uint32_t>(i % 2));
    tuples.push_back(
        {socket, *remote, i % 4 == 1 ? net::TransportProtocol::kTcp : net::TransportProtocol::kUdp});
  }
  return tuples;
}

// An agent and a model of its state: the tuples that it has reported as removed, and the ufrags that it
// accepts.
class Driver {
 public:
  Driver(ByteReader commands, bool consent)
      : commands_(commands),
        first_(Credentials::Generate(random_)),
        agent_(first_, consent ? kConsent : kOff) {
    history_.push_back(first_);
    ufrags_ = {first_.ufrag};
  }

  void Run() {
    while (commands_.Remaining() > 0) {
      const std::uint8_t command = commands_.U8();
      switch (command % 8) {
        case 0:
          Restart();
          break;
        case 1:
          OnUpdate(agent_.OnTupleGone(tuples_[command / 8 % kTuples]), {});
          break;
        case 2:
          Wait(Milliseconds(commands_.U16()));
          break;
        case 3:
          if (const auto deadline = agent_.NextTimeout()) Wait(std::max(*deadline - now_, Duration::zero()));
          break;
        case 4:
          Raw(tuples_[command / 8 % kTuples]);
          break;
        default:
          Ask(tuples_[command / 8 % kTuples]);
          break;
      }
      CheckInvariants();
    }
  }

 private:
  static constexpr Duration kConsent = Seconds(30);
  static constexpr Duration kOff = Duration::zero();

  void Restart() {
    if (history_.size() > 64) return;
    history_.push_back(Credentials::Generate(random_));
    ufrags_.insert(history_.back().ufrag);
    OnUpdate(agent_.Restart(history_.back()), {});
  }

  void Wait(Duration duration) {
    now_ += duration;
    const auto deadline = agent_.NextTimeout();
    const bool due = deadline && now_ >= *deadline;
    const auto update = agent_.OnTimeout(now_);
    RC_ASSERT(due == !update.forgotten.empty());
    OnUpdate(update, {});
    RC_ASSERT(!agent_.NextTimeout() || *agent_.NextTimeout() > now_);
  }

  // Returns a valid request of the peer, or one with a flaw.
  void Ask(const Tuple& from) {
    const std::uint8_t how = commands_.U8();
    const std::uint8_t fault = commands_.U8();
    const auto& credentials =
        history_[history_.size() - 1 - std::min<std::size_t>(how & 3, history_.size() - 1)];
    ringcast::test::StunRequest request;
    request.username = credentials.ufrag + ":peer";
    request.password = credentials.password;
    request.useCandidate = (how & 4) != 0;
    if ((how & 8) != 0) request.nomination = how >> 4;
    bool good = ufrags_.count(credentials.ufrag) != 0;
    if (fault > 0 && fault <= 10) {
      good = false;
      if (fault == 1) request.messageClass = stun::MessageClass::kIndication;
      if (fault == 2) request.messageClass = stun::MessageClass::kError;
      if (fault == 3) request.method = 0x123;
      if (fault == 4) request.fingerprint = false;
      if (fault == 5) request.username.reset();
      if (fault == 6) request.password.reset();
      if (fault == 7) request.username = "nobody:peer";
      if (fault == 8) request.password = "guessed";
      if (fault == 9) request.unknown = {0x1234, 0x0001};
      if (fault == 10) request.iceControlled = how;
    }
    const auto outcome = Feed(request.Build(), from);
    RC_ASSERT(good == !outcome.reject);
  }

  void Raw(const Tuple& from) {
    const ByteView bytes = commands_.Bytes(commands_.U8());
    const std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
    if (std::holds_alternative<stun::Message>(stun::Message::Parse(copy))) Feed(copy, from);
  }

  Agent::Outcome Feed(const std::vector<std::uint8_t>& bytes, const Tuple& from) {
    const bool wasValidated = agent_.IsValidated(from);
    const auto message = ringcast::test::ParsedStun(bytes);
    auto outcome = agent_.OnMessage(message, from, room_, now_);
    RC_ASSERT(outcome.answer <= room_.size());
    if (outcome.reject) {
      RC_ASSERT(outcome.answer <= bytes.size());
      RC_ASSERT(!outcome.update.stateChanged && !outcome.update.selectedChanged);
      RC_ASSERT(outcome.update.forgotten.empty() && !outcome.update.retiredUfrag);
      RC_ASSERT(agent_.IsValidated(from) == wasValidated);
    } else {
      RC_ASSERT(outcome.authenticated && outcome.answer != 0);
      RC_ASSERT(agent_.IsValidated(from));
    }
    if (outcome.answer != 0) CheckAnswer(message, outcome);
    OnUpdate(outcome.update, outcome.reject ? std::nullopt : std::optional(from));
    return outcome;
  }

  void CheckAnswer(const stun::Message& request, const Agent::Outcome& outcome) const {
    const auto answer = ringcast::test::ParsedStun(ByteView(room_).first(outcome.answer));
    RC_ASSERT(answer.TransactionId() == request.TransactionId() && answer.HasFingerprint());
    RC_ASSERT(answer.IntegrityOffset().has_value() == outcome.authenticated);
    RC_ASSERT(answer.ErrorCode().has_value() == outcome.reject.has_value());
    RC_ASSERT(answer.XorMappedAddress().has_value() != outcome.reject.has_value());
  }

  void OnUpdate(const Agent::Update& update, const std::optional<Tuple>& validated) {
    if (validated && std::find(known_.begin(), known_.end(), *validated) == known_.end()) {
      known_.push_back(*validated);
    }
    for (const auto& tuple : update.forgotten) {
      const auto found = std::find(known_.begin(), known_.end(), tuple);
      RC_ASSERT(found != known_.end());
      known_.erase(found);
    }
    if (update.retiredUfrag) RC_ASSERT(ufrags_.erase(*update.retiredUfrag) == 1);
    RC_ASSERT(update.stateChanged == (agent_.State() != state_));
    state_ = agent_.State();
    const Tuple* const selected = agent_.Selected();
    const auto now = selected == nullptr ? std::nullopt : std::optional(*selected);
    RC_ASSERT(update.selectedChanged == (now != selected_));
    selected_ = now;
  }

  void CheckInvariants() const {
    RC_ASSERT(agent_.TupleCount() <= Agent::kMaxTuples);
    RC_ASSERT(agent_.TupleCount() == known_.size());
    for (const auto& tuple : tuples_) {
      const bool known = std::find(known_.begin(), known_.end(), tuple) != known_.end();
      RC_ASSERT(agent_.IsValidated(tuple) == known);
    }
    const bool up = agent_.State() == AgentState::kConnected || agent_.State() == AgentState::kCompleted;
    RC_ASSERT(up == (agent_.Selected() != nullptr));
    RC_ASSERT(up == (agent_.TupleCount() > 0));
    if (up) RC_ASSERT(agent_.IsValidated(*agent_.Selected()));
    const auto ufrags = agent_.Ufrags();
    RC_ASSERT(ufrags.size() <= 2 && std::set<std::string>(ufrags.begin(), ufrags.end()) == ufrags_);
  }

  SeededRandom random_{1};
  ByteReader commands_;
  Credentials first_;
  Agent agent_;
  std::vector<Tuple> tuples_ = MakeTuples();
  Instant now_{Seconds(1)};
  std::array<std::uint8_t, Agent::kMaxAnswer> room_{};
  std::vector<Credentials> history_;
  std::vector<Tuple> known_;
  std::set<std::string> ufrags_;
  AgentState state_ = AgentState::kNew;
  std::optional<Tuple> selected_;
};

}  // namespace

// First byte: whether consent expires. Then commands: a byte for the action and the tuple, and its
// arguments.
void FuzzIce(std::span<const std::uint8_t> input) {
  ByteReader commands(input);
  const bool consent = (commands.U8() & 1) != 0;
  Driver(commands, consent).Run();
}

}  // namespace ringcast::fuzz
