#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "ringcast/base/Assert.hpp"
#include "ringcast/base/Bytes.hpp"
#include "ringcast/rtc/egress/Egress.hpp"
#include "ringcast/srtp/RtpEncryptor.hpp"
#include "ringcast/srtp/Srtp.hpp"
#include "support/fuzz/Targets.hpp"

namespace ringcast::fuzz {
namespace {

using rtc::EgressBatch;

constexpr std::size_t kMaxPackets = 256;
constexpr std::size_t kMaxStreams = 80;  // more than GsoPlanner::kMaxMixed
constexpr Instant kNow{Seconds(1000)};

// Gives out a limited number of slots of exactly the requested size, so that a sanitizer detects each write
// past the end.
class ExactSink final : public net::DatagramSink {
 public:
  // Bit i of `attempts` refuses the i-th slot (modulo 8).
  explicit ExactSink(std::uint8_t attempts) : refused_(attempts) {}
  ~ExactSink() override { RC_ASSERT(inUse_ == 0); }

  [[nodiscard]] std::optional<net::SendSlot> Acquire(std::size_t bytes) override {
    RC_ASSERT(bytes > 0 && bytes <= net::kMaxRunBytes);
    if ((refused_ >> (asked_++ % 8) & 1) != 0) return std::nullopt;
    slots_.push_back(std::make_unique<std::uint8_t[]>(bytes));
    ++inUse_;
    return net::SendSlot(*this, static_cast<std::uint32_t>(slots_.size() - 1), {slots_.back().get(), bytes});
  }

  void Send(net::SendSlot slot, net::Segments segments, net::SocketId /*socket*/,
            const net::Address& /*to*/) override {
    // udp(7), UDP_SEGMENT: segments have one size, and the last one may be shorter. The batch must use its
    // whole slot, because another batch could use unneeded space.
    RC_ASSERT(segments.size > 0 && segments.total == slot.Room().size());
    RC_ASSERT(segments.Count() <= net::kMaxSegments && segments.total <= net::kMaxRunBytes);
    for (std::size_t at = 0; at < segments.total; at += segments.size) {
      const auto one = slot.Room().subspan(at, std::min(segments.size, segments.total - at));
      sent.emplace_back(one.begin(), one.end());
    }
    Free(slot.Release());
  }
  void Flush() override {}

  std::vector<std::vector<std::uint8_t>> sent;  // datagrams, segmented like in the kernel

 private:
  void Free(std::uint32_t slotIndex) override {
    RC_ASSERT(slots_[slotIndex] != nullptr);
    slots_[slotIndex].reset();
    --inUse_;
  }

  std::uint8_t refused_;
  std::size_t asked_ = 0;
  std::size_t inUse_ = 0;
  std::vector<std::unique_ptr<std::uint8_t[]>> slots_;
};

class Driver {
 public:
  explicit Driver(ByteReader commands) : commands_(commands) {}

  void Run() {
    const std::uint8_t mode = commands_.U8();
    const std::uint8_t refused = commands_.U8();
    extensions_ = (mode & 8) != 0 ? rtp::OutgoingExtensions({}, "") : WithSendTimes();
    firstNumber_ = 1 + std::int64_t{commands_.U16()};
    BeginStream(0);
    while (commands_.Remaining() > 0 && pushed_.size() < kMaxPackets) Command(commands_.U8());

    ExactSink sink(refused);
    rtc::DatagramEgress egress(batch_, sink);
    egress.SetDestination(net::SocketId(), *net::Address::Parse("192.0.2.2", 5000));
    std::optional<srtp::Inbound> inbound;
    if ((mode & 4) != 0) {
      SeededRandom random(1);
      const auto key = srtp::MasterKey::Generate(static_cast<srtp::CryptoSuite>(mode & 3), random);
      auto encryptor = srtp::RtpEncryptor::Create(key);
      inbound = srtp::Inbound::Create(key).Value();
      MeetReceiver(*encryptor, *inbound);
      egress.StartSrtp(std::move(*encryptor));
    }
    const auto report = egress.Send(kNow);
    std::size_t bytes = 0;
    for (const auto& datagram : sink.sent) bytes += datagram.size();
    RC_ASSERT(report.bytes == bytes && report.encryptionFailed == 0);
    RC_ASSERT(sink.sent.size() + report.noSlot == pushed_.size());
    RC_ASSERT(refused != 0 || report.noSlot == 0);
    CheckReport(report);
    Check(sink, inbound ? &*inbound : nullptr);
  }

 private:
  // Pushed packets, by ssrc and wire sequence number.
  struct Pushed {
    rtp::Packet packet;
    rtp::RtpRewrite rewrite;
    bool sent = false;
  };

  [[nodiscard]] static rtp::OutgoingExtensions WithSendTimes() {
    rtp::ExtensionIds ids;
    ids.Set(rtp::Extension::kAbsSendTime, 3);
    ids.Set(rtp::Extension::kTransportWideCc, 5);
    return {ids, ""};
  }

  void BeginStream(std::uint8_t flags) {
    if (batch_.Streams().size() == kMaxStreams) return;
    batch_.BeginStream(rtc::StreamId(static_cast<std::uint32_t>(batch_.Streams().size())), (flags & 1) != 0,
                       (flags & 2) != 0);
    rewrite_.ssrc = Ssrc(static_cast<std::uint32_t>(batch_.Streams().size()));
    rewrite_.retransmission = (flags & 2) != 0;
    rewrite_.sequenceNumber = firstNumber_;
  }

  void Command(std::uint8_t command) {
    if (command < 32) return BeginStream(command);
    // Up to 128 packets of one size: a new size or the previous one.
    if (command < 128) size_ = commands_.U16() % (net::PacketBuffer::kCapacity + 1);
    const int count = command < 128 ? 1 + command % 8 : command - 127;
    rewrite_.empty = command < 40;
    rewrite_.padded = command % 3 == 0;
    const auto padding = command < 128 && command % 5 == 0 ? commands_.U8() : std::uint8_t{0};
    for (int i = 0; i < count && pushed_.size() < kMaxPackets; ++i) Push(padding);
  }

  void Push(std::uint8_t padding) {
    std::vector<std::uint8_t> bytes(std::max(size_, rtp::kFixedHeaderSize));
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(pushed_.size() + i);
    bytes[0] = 0x80;
    bytes[1] = 100;
    if (padding > 0 && padding <= bytes.size() - rtp::kFixedHeaderSize) {
      bytes[0] = 0xA0;
      bytes.back() = padding;
    }
    auto packet = rtp::Packet::Parse(pool_.Copy(bytes, kNow));
    RC_ASSERT(packet);
    rewrite_.extensions = &*extensions_;
    rewrite_.timestamp = static_cast<std::uint32_t>(pushed_.size());
    const auto key = KeyOf(rewrite_.ssrc.Value(), static_cast<std::uint16_t>(rewrite_.sequenceNumber));
    const auto [place, isNew] = pushed_.emplace(key, Pushed{std::move(*packet), rewrite_});
    RC_ASSERT(isNew);  // there are fewer packets than numbers
    RC_ASSERT(batch_.Push(cache_.Add(place->second.packet, kNow), place->second.rewrite));
    ++rewrite_.sequenceNumber;
  }

  [[nodiscard]] static std::uint64_t KeyOf(std::uint32_t ssrc, std::uint16_t number) {
    return std::uint64_t{ssrc} << 16 | number;
  }

  // Sends a packet of each ssrc before those of the batch: without it, a receiver that misses the first
  // packets cannot detect that their numbers wrapped (RFC 3711 section 3.3.1).
  void MeetReceiver(srtp::RtpEncryptor& encryptor, srtp::Inbound& inbound) const {
    for (std::uint32_t ssrc = 1; ssrc <= batch_.Streams().size(); ++ssrc) {
      std::vector<std::uint8_t> packet(rtp::kFixedHeaderSize + srtp::kMaxOverhead);
      packet[0] = 0x80;
      StoreU16(&packet[2], static_cast<std::uint16_t>(firstNumber_ - 1));
      StoreU32(&packet[8], ssrc);
      const auto index = encryptor.Claim(ssrc, firstNumber_ - 1);
      RC_ASSERT(index);
      const srtp::RtpEncryptor::Job job{packet.data(), rtp::kFixedHeaderSize, {}, *index};
      RC_ASSERT(encryptor.Protect(std::span(&job, 1)));
      packet.resize(rtp::kFixedHeaderSize + srtp::RtpOverhead(encryptor.Suite()));
      RC_ASSERT(!inbound.UnprotectRtp(packet).failure);
    }
  }

  // Checks that each packet is reported once, and that the sums per stream match the packets.
  void CheckReport(const rtc::SendReport& report) const {
    RC_ASSERT(report.packets.size() == pushed_.size());
    std::set<const rtc::PacketToSend*> reported;
    std::vector<std::uint32_t> sent(batch_.Streams().size());
    for (const auto& packet : report.packets) {
      RC_ASSERT(reported.insert(packet.packet).second);
      if (packet.outcome == rtc::SendOutcome::kSent) ++sent[packet.packet->stream];
    }
    for (std::size_t i = 0; i < sent.size(); ++i) RC_ASSERT(batch_.Streams()[i].sent == sent[i]);
  }

  void Check(ExactSink& sink, srtp::Inbound* inbound) {
    std::map<std::uint32_t, std::int64_t> newest;
    rtp::SendTimeValues values{.absSendTime = rtp::AbsSendTime(kNow), .transportSequenceNumber = 1};
    for (auto& datagram : sink.sent) {
      if (inbound != nullptr) {
        const auto outcome = inbound->UnprotectRtp(datagram);
        RC_ASSERT(!outcome.failure);
        datagram.resize(outcome.size);
      }
      RC_ASSERT(datagram.size() >= rtp::kFixedHeaderSize);
      const auto ssrc = LoadU32(&datagram[8]);
      const auto found = pushed_.find(KeyOf(ssrc, LoadU16(&datagram[2])));
      RC_ASSERT(found != pushed_.end() && !found->second.sent);
      auto& pushed = found->second;
      pushed.sent = true;
      // In order within the ssrc.
      const auto before = newest.find(ssrc);
      RC_ASSERT(before == newest.end() || before->second < pushed.rewrite.sequenceNumber);
      newest[ssrc] = pushed.rewrite.sequenceNumber;
      // The packet itself, with transport-wide numbers in the order of sending.
      std::vector<std::uint8_t> expected(datagram.size() + 1);
      expected.resize(rtp::Serialize(pushed.packet, pushed.rewrite, values, expected));
      RC_ASSERT(expected == datagram);
      if (extensions_->HasTransportWideCc()) ++values.transportSequenceNumber;
    }
  }

  ByteReader commands_;
  net::PacketPool pool_{kMaxPackets};
  rtp::PacketCache cache_;
  std::optional<rtp::OutgoingExtensions> extensions_;
  EgressBatch batch_;
  rtp::RtpRewrite rewrite_;
  std::map<std::uint64_t, Pushed> pushed_;
  std::int64_t firstNumber_ = 0;
  std::size_t size_ = 1200;
};

}  // namespace

// Two bytes: the cipher or none, with or without send times, and the refused send slots; the first
// sequence number; then commands: another stream, packets of a size, more of the same size.
void FuzzEgressBatch(std::span<const std::uint8_t> input) {
  constexpr std::size_t kMinInput = 4;
  if (input.size() >= kMinInput) Driver(ByteReader(input)).Run();
}

}  // namespace ringcast::fuzz
