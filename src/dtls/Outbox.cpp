#include "dtls/Outbox.hpp"

namespace ringcast::dtls {

namespace {

constexpr std::uint8_t kAlertRecord = 21;  // RFC 5246 section 6.2.1

}  // namespace

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

void Outbox::Write(ByteView datagram) {
  RC_ASSERT(!datagram.empty());
  // An alert is part of no flight: it answers what was read behind it.
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
