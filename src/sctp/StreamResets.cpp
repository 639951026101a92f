#include "ringcast/sctp/StreamResets.hpp"

#include <algorithm>

namespace ringcast::sctp {

void StreamResets::Want(std::uint16_t stream, SendQueue& queue) {
  if (request_ && std::count(request_->streams.begin(), request_->streams.end(), stream) > 0) return;
  if (wanted_.size() >= kMaxWanted) return;
  if (wanted_.insert(stream).second) queue.Pause(stream);
}

void StreamResets::OnResponse(ByteView value, SendQueue& queue, Received& received) {
  ByteReader reader(value);
  const std::uint32_t number = reader.U32();
  const auto result = static_cast<Result>(reader.U32());
  if (!reader.Ok() || !request_ || number != request_->number) return;
  received.responded = true;
  if (result == Result::kInProgress) return;  // asked again after the timeout
  // A refused reset leaves the stream as it is: it must be usable again in any case.
  const bool performed = result == Result::kPerformed || result == Result::kNothingToDo;
  for (const auto stream : request_->streams) queue.Resume(stream, performed);
  request_.reset();
  due_.reset();
}

StreamResets::Result StreamResets::Perform(const ParameterView& parameter, std::int64_t cumulativeTsn,
                                           Received& received) {
  ByteReader reader(parameter.value);
  reader.U32();  // request number
  switch (static_cast<ParameterType>(parameter.type)) {
    case ParameterType::kOutgoingReset: {
      reader.U32();  // response number
      const std::uint32_t lastTsn = reader.U32();
      if (!reader.Ok()) return Result::kDenied;
      const std::int64_t last =
          cumulativeTsn + static_cast<std::int32_t>(lastTsn - static_cast<std::uint32_t>(cumulativeTsn));
      if (last > cumulativeTsn) return Result::kInProgress;
      if (reader.Remaining() < 2) received.resetAll = true;
      while (reader.Remaining() >= 2) received.reset.push_back(reader.U16());
      return Result::kPerformed;
    }
    case ParameterType::kIncomingReset:
      while (reader.Remaining() >= 2) received.wantedByPeer.push_back(reader.U16());
      return Result::kPerformed;
    case ParameterType::kAddOutgoingStreams:
    case ParameterType::kAddIncomingStreams:
      return Result::kPerformed;  // all 65,535 streams exist already
    default:
      return Result::kDenied;
  }
}

StreamResets::Received StreamResets::Receive(const ChunkView& chunk, std::int64_t cumulativeTsn,
                                             SendQueue& queue) {
  Received received;
  ParameterReader reader(chunk.value);
  // A chunk has at most two parameters (RFC 6525 section 3.1).
  for (int i = 0; i < 2; ++i) {
    const auto parameter = reader.Next();
    if (!parameter) break;
    if (static_cast<ParameterType>(parameter->type) == ParameterType::kReConfigResponse) {
      OnResponse(parameter->value, queue, received);
      continue;
    }
    if (parameter->value.size() < 4 || responses_.size() >= kMaxResponses) break;
    const std::uint32_t number = LoadU32(parameter->value.data());
    const bool repeated = last_ && number == last_->number;
    if (!repeated && number != expected_) {
      responses_.push_back({number, Result::kBadSequenceNumber});
      continue;
    }
    if (!repeated || last_->result == Result::kInProgress)
      last_ = {number, Perform(*parameter, cumulativeTsn, received)};
    if (!repeated) ++expected_;
    responses_.push_back(*last_);
  }
  return received;
}

void StreamResets::Write(PacketWriter& writer, std::uint32_t lastTsn, const SendQueue& queue, Instant now,
                         Duration timeout) {
  constexpr std::size_t kResponseSize = kChunkHeaderSize + 12;
  while (!responses_.empty() && writer.Remaining() >= kResponseSize) {
    writer.Begin(ChunkType::kReConfig);
    writer.BeginParameter(ParameterType::kReConfigResponse);
    writer.U32(responses_.front().number);
    writer.U32(static_cast<std::uint32_t>(responses_.front().result));
    writer.EndParameter();
    writer.End();
    responses_.erase(responses_.begin());
  }
  if (!request_ && !wanted_.empty()) {
    Request request{.number = nextRequest_, .lastTsn = lastTsn, .streams = {}};
    for (auto stream = wanted_.begin(); stream != wanted_.end() && request.streams.size() < kMaxStreams;) {
      if (!queue.Quiet(*stream)) {
        ++stream;
        continue;
      }
      request.streams.push_back(*stream);
      stream = wanted_.erase(stream);
    }
    if (!request.streams.empty()) {
      ++nextRequest_;
      request_ = std::move(request);
    }
  }
  if (!request_ || !request_->send) return;
  const std::size_t size = kChunkHeaderSize + 16 + 2 * request_->streams.size() + 2;
  if (writer.Remaining() < size) return;
  request_->send = false;
  due_ = now + timeout;
  writer.Begin(ChunkType::kReConfig);
  writer.BeginParameter(ParameterType::kOutgoingReset);
  writer.U32(request_->number);
  writer.U32(expected_ - 1);
  writer.U32(request_->lastTsn);
  for (const auto stream : request_->streams) writer.U16(stream);
  writer.EndParameter();
  writer.End();
}

bool StreamResets::OnTimeout(Instant now) {
  if (!due_ || now < *due_) return false;
  due_.reset();
  request_->send = true;
  return true;
}

}  // namespace ringcast::sctp
