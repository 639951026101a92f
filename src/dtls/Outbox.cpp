#include "dtls/Outbox.hpp"

namespace ringcast::dtls {

void Outbox::BeginFlight() {
  ForgetFlight();
  writing_ = 0;
}

bool Outbox::BeginRetransmission() {
  // More than that only a jump of the system's clock brings about.
  writing_ = ++made_;
  return made_ < kMaxRetransmissions;
}

void Outbox::ForgetFlight() {
  for (auto& retransmission : retransmissions_) retransmission = DatagramQueue();
  made_ = 0;
  sent_ = 0;
}

bool Outbox::Retransmit() {
  if (sent_ >= kMaxRetransmissions) return false;
  auto& retransmission = retransmissions_[sent_++];
  while (const auto datagram = retransmission.Pop()) ready_.Push(*datagram, kMaxQueuedDatagrams);
  retransmission = DatagramQueue();
  return true;
}

void Outbox::EndRecording() {
  recording_ = false;
  recorded_ = {};
}

void Outbox::Write(ByteView datagram) {
  RC_ASSERT(!datagram.empty());
  if (recording_ && writing_ == 0 && datagram[0] != kAlertRecord) {
    recorded_.insert(recorded_.end(), datagram.begin(), datagram.end());
  }
  // An alert belongs to no flight: it responds to a later record.
  if (writing_ == 0 || datagram[0] == kAlertRecord) {
    ready_.Push(datagram, kMaxQueuedDatagrams);
    return;
  }
  // OpenSSL gives each message of a retransmission as a datagram.
  if (writing_ <= kMaxRetransmissions) {
    retransmissions_[writing_ - 1].Append(datagram, kMaxHandshakeDatagram, kMaxQueuedDatagrams);
  }
}

}  // namespace ringcast::dtls
