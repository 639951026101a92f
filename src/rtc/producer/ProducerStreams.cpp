#include "ringcast/rtc/producer/ProducerStreams.hpp"

#include <algorithm>
#include <utility>

#include "rtc/CodecParameters.hpp"

namespace ringcast::rtc {

namespace {

const RtpCodecParameters* FindMediaCodec(const RtpParameters& parameters, PayloadType payloadType) {
  for (const auto& codec : parameters.codecs) {
    if (codec.payloadType == payloadType && IsMediaCodec(codec)) return &codec;
  }
  return nullptr;
}

}  // namespace

ProducerStreams::ProducerStreams(Setup setup)
    : setup_(std::move(setup)),
      earlyReports_(setup_.parameters.encodings.size()),
      currentSsrcs_(setup_.parameters.encodings.size()) {}

ProducerStream* ProducerStreams::Find(Ssrc ssrc) {
  for (auto& stream : streams_) {
    if (stream.Params().ssrc == ssrc) return &stream;
  }
  return nullptr;
}

// By ssrc, then by rid. A single encoding that names neither gets the packets that their mid brought here.
std::optional<std::size_t> ProducerStreams::MatchEncoding(const rtp::Packet& packet) const {
  const auto& encodings = setup_.parameters.encodings;
  for (std::size_t i = 0; i < encodings.size(); ++i) {
    if (encodings[i].ssrc == packet.SenderSsrc()) return i;
  }
  if (const auto rid = packet.ExtensionValue(rtp::Extension::kRid)) {
    for (std::size_t i = 0; i < encodings.size(); ++i) {
      if (!encodings[i].rid.empty() && encodings[i].rid == AsText(*rid)) return i;
    }
  }
  if (encodings.size() == 1 && !encodings[0].ssrc && encodings[0].rtxSsrc != packet.SenderSsrc()) return 0;
  return std::nullopt;
}

ProducerStream* ProducerStreams::Create(const rtp::Packet& packet) {
  const auto matched = MatchEncoding(packet);
  if (!matched) return nullptr;
  const auto encoding = *matched;
  const auto& parameters = setup_.parameters;
  const auto* codec = FindMediaCodec(parameters, packet.PayloadType());
  if (codec == nullptr) return nullptr;

  const auto sameEncoding = [&](const ProducerStream& stream) {
    return stream.Params().encodingIdx == encoding;
  };
  if (std::count_if(streams_.begin(), streams_.end(), sameEncoding) >=
      static_cast<std::ptrdiff_t>(kMaxStreamsPerEncoding)) {
    streams_.erase(std::find_if(streams_.begin(), streams_.end(), sameEncoding));
  }
  const auto ssrc = packet.SenderSsrc();
  auto& stream = streams_.emplace_back(ProducerStream::Setup{
      .params = DescribeStream(parameters, parameters.encodings[encoding], *codec, encoding, ssrc),
      .mappedSsrc = setup_.mapping.encodings[encoding].mappedSsrc,
      .kind = setup_.kind,
      .clock = setup_.clock,
      .keyFrameRequestDelay = setup_.keyFrameRequestDelay,
      .gaps = setup_.gaps});
  if (const auto early = earlyReports_.Take(ssrc))
    static_cast<void>(stream.OnSenderReport(early->info, early->arrival));
  return &stream;
}

// By ssrc; by repaired rid (RFC 8852 section 3.2); a single encoding gets the packets that their mid brought
// here.
ProducerStream* ProducerStreams::FindRepaired(const rtp::Packet& packet) {
  for (auto& stream : streams_) {
    if (stream.Params().rtxSsrc == packet.SenderSsrc()) return &stream;
  }
  const auto& encodings = setup_.parameters.encodings;
  const auto rid = packet.ExtensionValue(rtp::Extension::kRepairedRid);
  for (auto& stream : streams_) {
    const auto& params = stream.Params();
    const bool belongs = rid ? params.rid == AsText(*rid) && !params.rid.empty()
                             : encodings.size() == 1 && !encodings[0].rtxSsrc;
    if (!belongs || params.ssrc != currentSsrcs_[params.encodingIdx]) continue;
    stream.SetRtxSsrc(packet.SenderSsrc());
    return &stream;
  }
  return nullptr;
}

// --- By encoding ---

// A sender that restarts with another ssrc leaves its former stream behind, whose score soon is 0.
const ProducerStream* ProducerStreams::OfEncoding(std::size_t encoding) const {
  const ProducerStream* best = nullptr;
  for (const auto& stream : streams_) {
    if (stream.Params().encodingIdx != encoding) continue;
    if (best == nullptr || stream.Score() >= best->Score()) best = &stream;
  }
  return best;
}

std::bitset<LayerSelector::kMaxEncodings> ProducerStreams::Sent() const {
  std::bitset<LayerSelector::kMaxEncodings> sent;
  for (std::size_t i = 0; i < currentSsrcs_.size(); ++i) {
    const auto* stream = OfEncoding(i);
    sent[i] = stream != nullptr && stream->Score() != 0;
  }
  return sent;
}

std::vector<std::uint8_t> ProducerStreams::Scores() const {
  std::vector<std::uint8_t> scores(currentSsrcs_.size(), 0);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (const auto* stream = OfEncoding(i)) scores[i] = stream->Score();
  }
  return scores;
}

std::vector<ProducerScore> ProducerStreams::DescribeScores() const {
  std::vector<ProducerScore> scores;
  for (std::size_t i = 0; i < currentSsrcs_.size(); ++i) {
    const auto* stream = OfEncoding(i);
    if (stream == nullptr) continue;
    const auto& params = stream->Params();
    scores.push_back({params.encodingIdx, params.ssrc, params.rid, stream->Score()});
  }
  return scores;
}

std::optional<std::uint32_t> ProducerStreams::TimestampOffset(std::size_t fromEncoding,
                                                              std::size_t toEncoding) const {
  const auto* from = OfEncoding(fromEncoding);
  const auto* to = OfEncoding(toEncoding);
  if (from == nullptr || to == nullptr) return std::nullopt;
  return to->Clock().OffsetFrom(from->Clock());
}

std::optional<std::uint32_t> ProducerStreams::SourceTimestamp(Ssrc mappedSsrc, Instant now) const {
  const ProducerStream* source = nullptr;
  for (const auto& stream : streams_) {
    const auto& params = stream.Params();
    // Of several sources that followed each other in one encoding, the one that sends now.
    if (stream.MappedSsrc() == mappedSsrc &&
        (source == nullptr || params.ssrc == currentSsrcs_[params.encodingIdx]))
      source = &stream;
  }
  if (source == nullptr) return std::nullopt;
  return source->Clock().TimestampAt(now);
}

// --- All streams together ---

void ProducerStreams::AppendSsrcs(std::vector<Ssrc>& out) const {
  for (const auto& stream : streams_) out.push_back(stream.Params().ssrc);
}

void ProducerStreams::SetRoundTripTime(Duration roundTrip) {
  for (auto& stream : streams_) stream.SetRoundTripTime(roundTrip);
}

rtp::LossCount ProducerStreams::LastLoss() const {
  rtp::LossCount loss;
  for (const auto& stream : streams_) loss += stream.LastLoss();
  return loss;
}

std::optional<rtp::RepairTime> ProducerStreams::LongestRepair(Instant now) const {
  std::optional<rtp::RepairTime> longest;
  for (const auto& stream : streams_) {
    const auto repair = stream.UsualRepair(now);
    if (repair && (!longest || repair->twice > longest->twice)) longest = repair;
  }
  return longest;
}

std::optional<Instant> ProducerStreams::NextTimeout(bool paused) const {
  std::optional<Instant> next;
  for (const auto& stream : streams_) next = Earlier(next, stream.NextTimeout(paused));
  return next;
}

std::vector<RtpStreamDump> ProducerStreams::Dump() const {
  std::vector<RtpStreamDump> dumps;
  for (const auto& stream : streams_)
    dumps.push_back({stream.Params(), stream.Score(), DescribeRtx(setup_.parameters, stream.Params())});
  return dumps;
}

std::vector<RtpStreamStats> ProducerStreams::Stats(Instant now) {
  std::vector<RtpStreamStats> out;
  for (auto& stream : streams_) out.push_back(stream.Stats(now));
  return out;
}

}  // namespace ringcast::rtc
