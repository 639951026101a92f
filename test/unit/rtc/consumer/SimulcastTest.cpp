#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include <catch2/catch.hpp>

#include "ringcast/net/Demux.hpp"
#include "ringcast/rtp/PayloadDescriptor.hpp"
#include "support/RtcpBytes.hpp"
#include "support/RtpBytes.hpp"
#include "support/SimCamera.hpp"

// Forwarding of one encoding out of three.
namespace ringcast::test {

namespace {

const net::Address kPublisher = *net::Address::Parse("192.0.2.1", 4000);
const net::Address kViewer = *net::Address::Parse("192.0.2.2", 5000);
constexpr std::size_t kEncodings = SimCamera::kEncodings;
constexpr std::uint32_t kFirstSsrc = 1111;
constexpr std::uint32_t kWatchSsrc = 7001;
constexpr auto kTicks = SimCamera::kTicks;
constexpr auto kPackets = SimCamera::kPackets;

// Checks each packet that the viewer receives.
class Screen {
 public:
  void OnPacket(const rtp::Packet& packet) {
    const auto mark = SimCamera::MarkOf(packet.Payload());
    CAPTURE(int{mark.encoding}, mark.number, int{mark.packet});
    const auto fields = rtp::InspectPayload(rtp::Codec::kVp8, packet.Payload(), packet.Marker()).fields;
    if (last_) {
      CHECK(packet.SequenceNumber() == static_cast<std::uint16_t>(last_->sequenceNumber + 1));
      const bool newFrame = mark.packet == 0;
      CHECK(fields.pictureId == ((last_->pictureId + (newFrame ? 1 : 0)) & 0x7FFF));
      CHECK(fields.tl0PicIdx == static_cast<std::uint8_t>(last_->tl0PicIdx + (newFrame ? 1 : 0)));
      if (newFrame) {
        OnFrame(packet.Timestamp(), mark);
      } else {
        CHECK(packet.Timestamp() == last_->timestamp);
        CHECK(mark.encoding == last_->mark.encoding);
        CHECK(mark.number == last_->mark.number);
        CHECK(mark.packet == last_->mark.packet + 1);
      }
    } else {
      CHECK((mark.keyFrame && mark.packet == 0));
    }
    CHECK(packet.Marker() == (mark.packet + 1U == kPackets));
    last_ = {packet.SequenceNumber(), packet.Timestamp(), fields.pictureId, fields.tl0PicIdx, mark};
  }

  [[nodiscard]] std::optional<std::size_t> Encoding() const {
    return last_ ? std::optional<std::size_t>(last_->mark.encoding) : std::nullopt;
  }
  [[nodiscard]] std::size_t Switches() const { return switches_; }
  // Fixes the timestamp of frame 0: capture times are known once the sources have sent reports.
  void Anchor() { origin_ = last_->timestamp - last_->mark.number * kTicks; }
  // Returns the number of frames whose timestamp does not follow their capture time.
  [[nodiscard]] std::size_t Squeezed() const { return squeezed_; }

 private:
  void OnFrame(std::uint32_t timestamp, const SimCamera::Mark& mark) {
    CHECK(static_cast<std::int32_t>(timestamp - last_->timestamp) > 0);
    if (mark.encoding != last_->mark.encoding) {
      ++switches_;
      CHECK(mark.keyFrame);
    } else {
      CHECK(mark.number == last_->mark.number + 1);
    }
    // Timestamps follow the capture time, with a millisecond of rounding between two reports. After a switch
    // to an encoding that is behind the previous one, they follow the last timestamp closely.
    if (!origin_) return;
    const auto natural = *origin_ + mark.number * kTicks;
    const auto late = static_cast<std::int32_t>(timestamp - natural);
    if (late > 90 || late < -90) {
      ++squeezed_;
      CHECK(timestamp - last_->timestamp <= kTicks / 10);
    }
  }

  struct Last {
    std::uint16_t sequenceNumber = 0;
    std::uint32_t timestamp = 0;
    std::uint16_t pictureId = 0;
    std::uint8_t tl0PicIdx = 0;
    SimCamera::Mark mark;
  };
  std::optional<Last> last_;
  std::optional<std::uint32_t> origin_;  // the output's timestamp of frame 0
  std::size_t switches_ = 0;
  std::size_t squeezed_ = 0;
};

struct Room {
  Room() {
    sim.AddRouter("room");
    sim.AddPlain("room", "in", {.comedia = true});
    sim.AddPlain("room", "out", {.remote = kViewer});
    sim.Produce("in", "video", MediaKind::kVideo, kFirstSsrc, {.encodings = kEncodings, .layers = "L1T1"});
    sim.Consume("out", "watch", "video", kWatchSsrc, {.rtx = true});
  }
  void Prefer(std::size_t encoding) {
    const rtc::ConsumerLayers layers{static_cast<std::uint8_t>(encoding), std::nullopt};
    REQUIRE(sim.Consumer("watch").SetPreferredLayers(layers, sim.now).Ok());
  }
  void Run(Duration duration) {
    for (const auto end = sim.now + duration; sim.now < end; sim.Advance(Milliseconds(5))) {
      camera.Play();
      for (const auto& datagram : sim.EndTurn()) {
        if (net::Classify(datagram.bytes) == net::PacketProtocol::kRtp) {
          OnRtp(datagram.bytes);
        } else if (datagram.to == kPublisher) {
          camera.OnRtcp(datagram.bytes);
        }
      }
    }
  }
  void OnRtp(const std::vector<std::uint8_t>& bytes) {
    auto packet = rtp::Packet::Parse(sim.pool.Copy(bytes, sim.now));
    REQUIRE(packet);
    if (packet->SenderSsrc() == Ssrc(kWatchSsrc)) {
      screen.OnPacket(*packet);
      shown.push_back(bytes);
    } else {
      CHECK(packet->SenderSsrc() == Ssrc(SimWorker::RtxOf(kWatchSsrc)));
      repeated.push_back(bytes);
    }
  }

  SimWorker sim;
  SimCamera camera{sim, kPublisher, kFirstSsrc};
  Screen screen;
  std::vector<std::vector<std::uint8_t>> shown, repeated;
};

}  // namespace

TEST_CASE("SimulcastTest: switches encodings at key frames without a gap, in order of capture time",
          "[rtc][simulcast]") {
  Room room;
  room.Run(Seconds(2));
  REQUIRE(room.screen.Encoding() == 2U);
  room.screen.Anchor();
  std::size_t switches = room.screen.Switches();
  for (int round = 0; round < 4; ++round) {
    for (const std::size_t wanted : {0U, 2U, 1U, 2U, 0U, 1U, 0U, 2U}) {
      CAPTURE(round, wanted);
      if (room.screen.Encoding() == wanted) continue;
      room.Prefer(wanted);
      room.Run(Milliseconds(700));
      CHECK(room.screen.Encoding() == wanted);
      CHECK(room.screen.Switches() == ++switches);
      const auto& notified = room.sim.notifier.consumerLayers;
      REQUIRE_FALSE(notified.empty());
      CHECK(notified.back().first == "watch");
      CHECK(notified.back().second ==
            rtc::ConsumerLayers{static_cast<std::uint8_t>(wanted), std::uint8_t{0}});
    }
  }
  // An encoding is up to 80 ms behind: two frames, and the frame that was forwarded last.
  CHECK(room.screen.Squeezed() <= 3 * switches);
  CHECK(room.screen.Squeezed() >= switches / 4);
}

TEST_CASE("SimulcastTest: keeps an encoding until a key frame of the wanted one arrives",
          "[rtc][simulcast]") {
  Room room;
  room.Run(Seconds(2));
  REQUIRE(room.screen.Encoding() == 2U);
  // It sends one request, not one for each packet; video continues in the meantime.
  const auto asked = [&room] {
    return room.sim.Producer("video").Streams().Stats(room.sim.now).at(0).pliCount;
  };
  const auto before = asked();
  const auto pictures = room.shown.size();
  room.Prefer(0);
  room.Run(Milliseconds(5));
  CHECK(room.screen.Encoding() == 2U);
  CHECK(asked() == before + 1);
  room.Run(Milliseconds(300));
  CHECK(room.screen.Encoding() == 0U);
  CHECK(room.shown.size() > pictures + 6 * kPackets);
  CHECK(asked() == before + 1);
}

TEST_CASE("SimulcastTest: retransmits packets from both sides of a switch as they were sent",
          "[rtc][simulcast][nack]") {
  Room room;
  room.Run(Seconds(2));
  room.Prefer(1);
  room.Run(Milliseconds(300));
  REQUIRE(room.screen.Encoding() == 1U);
  const std::vector<std::vector<std::uint8_t>> last(room.shown.end() - 24, room.shown.end());
  std::vector<rtcp::CompoundWriter::NackItem> items;
  for (const auto& packet : last) items.push_back({LoadU16(&packet[2]), 0});
  CHECK(SimCamera::MarkOf(ByteView(last.front()).subspan(12)).encoding == 2);
  room.sim.Receive("out", kViewer, RtcpBytes([&](rtcp::CompoundWriter& writer) {
                     writer.AddNack(Ssrc(1), Ssrc(kWatchSsrc), items);
                   }));
  room.Run(Milliseconds(5));
  REQUIRE(room.repeated.size() == last.size());
  for (std::size_t i = 0; i < last.size(); ++i) {
    // Sequence number, timestamp and the whole payload, including the picture id.
    const auto& rtx = room.repeated[i];
    CHECK(std::equal(rtx.begin() + 12, rtx.begin() + 14, last[i].begin() + 2));
    CHECK(std::equal(rtx.begin() + 4, rtx.begin() + 8, last[i].begin() + 4));
    CHECK(std::equal(rtx.begin() + 14, rtx.end(), last[i].begin() + 12, last[i].end()));
  }
}

}  // namespace ringcast::test
