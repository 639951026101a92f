#include "support/fuzz/WorkerMutator.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ringcast/base/Random.hpp"
#include "support/fuzz/WorkerScript.hpp"

namespace ringcast::fuzz {
namespace {

using script::Kind;
using Command = std::vector<std::uint8_t>;

constexpr std::size_t kMaxRepeats = 16;
constexpr std::array<std::uint8_t, 12> kInteresting = {0, 1, 2, 3, 7, 8, 15, 16, 63, 64, 127, 255};

template <typename T>
void Skip(ByteReader& input) {
  static_cast<void>(script::Read<T>(input));
}

// Skips a command and the changed bytes that follow it.
template <typename T>
void SkipWithChanges(ByteReader& input) {
  input.Skip(std::min<std::size_t>(std::size_t{2} * (script::Read<T>(input).flaw & 3U), input.Remaining()));
}

// Skips the command at the current position.
void SkipCommand(ByteReader& input) {
  switch (static_cast<Kind>(input.U8() % static_cast<std::uint8_t>(Kind::kCount))) {
    case Kind::kAddTransport:
      Skip<script::AddTransport>(input);
      break;
    case Kind::kConnect:
      Skip<script::Connect>(input);
      break;
    case Kind::kProduce:
      Skip<script::Produce>(input);
      break;
    case Kind::kConsume:
      Skip<script::Consume>(input);
      break;
    case Kind::kMedia:
      SkipWithChanges<script::Media>(input);
      break;
    case Kind::kRetransmit:
      Skip<script::Retransmit>(input);
      break;
    case Kind::kRtcp:
      SkipWithChanges<script::Rtcp>(input);
      break;
    case Kind::kNack:
      Skip<script::Nack>(input);
      break;
    case Kind::kRaw: {
      const auto length = script::Read<script::Raw>(input).length;
      input.Skip(std::min<std::size_t>(length, input.Remaining()));
      break;
    }
    case Kind::kAdvance:
      Skip<script::Advance>(input);
      break;
    case Kind::kControlConsumer:
    case Kind::kControlProducer:
    case Kind::kControlTransport:
      Skip<script::ControlConsumer>(input);
      break;
    case Kind::kClose:
      Skip<script::Close>(input);
      break;
    case Kind::kStun:
      Skip<script::Stun>(input);
      break;
    case Kind::kLimitSink:
      Skip<script::LimitSink>(input);
      break;
    case Kind::kEndTurn:
    case Kind::kCount:
      break;
  }
}

std::vector<Command> Split(ByteView script) {
  std::vector<Command> commands;
  ByteReader input(script);
  while (input.Remaining() > 0) {
    const auto before = input.Remaining();
    SkipCommand(input);
    const auto bytes = script.subspan(script.size() - before, before - input.Remaining());
    commands.emplace_back(bytes.begin(), bytes.end());
  }
  return commands;
}

class Mutator {
 public:
  Mutator(std::vector<Command> commands, std::uint64_t seed)
      : commands_(std::move(commands)), random_(seed) {}

  void Change() {
    if (commands_.empty()) return Insert();
    switch (Below(10)) {
      case 0:
        return Insert();
      case 1:
        commands_.erase(Place(Below(commands_.size())));
        return;
      case 2:
        return Repeat();
      case 3:
        std::swap(commands_[Below(commands_.size())], commands_[Below(commands_.size())]);
        return;
      case 4: {
        const auto from = Below(commands_.size());
        const auto copy = commands_[from];
        commands_.insert(Place(Below(commands_.size() + 1)), copy);
        return;
      }
      default:
        return ChangeField();
    }
  }

  [[nodiscard]] const std::vector<Command>& Commands() const { return commands_; }

 private:
  std::size_t Below(std::size_t limit) { return random_.U32() % limit; }
  std::vector<Command>::iterator Place(std::size_t index) {
    return commands_.begin() + static_cast<std::ptrdiff_t>(index);
  }
  std::uint8_t Byte() {
    return Below(2) == 0 ? kInteresting[Below(kInteresting.size())]
                         : static_cast<std::uint8_t>(random_.U32());
  }

  // Any kind with any fields; longer than the longest command.
  void Insert() {
    constexpr std::size_t kLongest = 16;
    Command bytes{static_cast<std::uint8_t>(Below(static_cast<std::size_t>(Kind::kCount)))};
    while (bytes.size() < kLongest) bytes.push_back(Byte());
    commands_.insert(Place(Below(commands_.size() + 1)), Split(bytes).front());
  }

  // A sequence of a few commands, several times.
  void Repeat() {
    const auto first = Below(commands_.size());
    const auto count = 1 + Below(std::min<std::size_t>(6, commands_.size() - first));
    const std::vector<Command> part(Place(first), Place(first + count));
    const auto times = 1 + Below(kMaxRepeats);
    for (std::size_t i = 0; i < times; ++i) commands_.insert(Place(first), part.begin(), part.end());
  }

  void ChangeField() {
    auto& command = commands_[Below(commands_.size())];
    if (command.size() < 2) return;
    auto& byte = command[1 + Below(command.size() - 1)];
    switch (Below(4)) {
      case 0:
        byte = static_cast<std::uint8_t>(byte + 1);
        return;
      case 1:
        byte = static_cast<std::uint8_t>(byte ^ 1U << Below(8));
        return;
      default:
        byte = Byte();
        return;
    }
  }

  std::vector<Command> commands_;
  SeededRandom random_;
};

}  // namespace

std::vector<std::uint8_t> MutateWorkerInput(ByteView input, std::uint64_t seed) {
  ByteReader reader(input);
  const auto how = reader.U8();
  Mutator mutator(Split(reader.Bytes(reader.Remaining())), seed);
  for (std::uint64_t i = 0; i <= seed % 4; ++i) mutator.Change();
  std::vector<std::uint8_t> out{how};
  for (const auto& command : mutator.Commands()) out.insert(out.end(), command.begin(), command.end());
  return out;
}

}  // namespace ringcast::fuzz
