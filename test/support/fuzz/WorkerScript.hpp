#pragma once

#include <cstdint>
#include <vector>

#include "ringcast/base/Bytes.hpp"

// The format of the Worker target's inputs. An input is a list of commands: a byte for the kind, then the
// fields of that kind. Every value of a field is valid: indexes are taken modulo the number of objects.
namespace ringcast::fuzz::script {

enum class Kind : std::uint8_t {
  kAddTransport,
  kConnect,
  kProduce,
  kConsume,
  kMedia,
  kRetransmit,
  kRtcp,
  kNack,
  kRaw,
  kEndTurn,
  kAdvance,
  kControlConsumer,
  kControlProducer,
  kControlTransport,
  kClose,
  kStun,
  kLimitSink,
  kCount
};

struct AddTransport {
  static constexpr Kind kKind = Kind::kAddTransport;
  enum : std::uint8_t {
    kPlain,
    kSecurePlain,
    kComedia,
    kSecureComedia,
    kWebRtc,
    kWebRtcOnServer,
    kDirect,
    kTypes
  };
  enum : std::uint8_t {
    kNoRtcpMux = 1,
    kNotConnected = 2,
    kSuite = 12,  // 2 bits
    kTcp = 16,
    kSctp = 32,
    kSecondRouter = 64,
  };
  std::uint8_t type = 0;
  std::uint8_t options = 0;
  template <typename Field>
  void Fields(Field&& field) {
    field(type), field(options);
  }
};

struct Connect {
  static constexpr Kind kKind = Kind::kConnect;
  std::uint8_t transport = 0;
  std::uint8_t flaw = 0;  // 0: none
  template <typename Field>
  void Fields(Field&& field) {
    field(transport), field(flaw);
  }
};

struct Produce {
  static constexpr Kind kKind = Kind::kProduce;
  enum : std::uint16_t {
    kNack = 1,
    kKeyFrameRequests = 2,
    kRemb = 4,
    kTransportCc = 8,
    kRtx = 16,
    kNoSsrc = 32,  // packets are identified by mid and rid
    kMid = 64,
    kPaused = 128,
    kRequestDelay = 256,
    kDtx = 512,
    kFullSize = 1024,  // no reduced-size RTCP
  };
  std::uint8_t transport = 0;
  std::uint8_t codec = 0;
  std::uint8_t encodings = 0;
  std::uint8_t layers = 0;  // scalabilityMode
  std::uint16_t features = 0;
  std::uint16_t extensions = 0;  // a bit for each rtp::Extension
  std::uint8_t flaw = 0;
  template <typename Field>
  void Fields(Field&& field) {
    field(transport), field(codec), field(encodings), field(layers), field(features), field(extensions);
    field(flaw);
  }
};

struct Consume {
  static constexpr Kind kKind = Kind::kConsume;
  enum : std::uint8_t { kOwnType, kSimple, kSimulcast, kSvc, kPipe, kTypes };
  std::uint8_t transport = 0;
  std::uint8_t source = 0;
  std::uint8_t type = 0;
  std::uint8_t preferred = 0;  // layers, 4 bits each; 0: none
  std::uint16_t features = 0;  // of Produce
  std::uint16_t extensions = 0;
  std::uint8_t flaw = 0;
  template <typename Field>
  void Fields(Field&& field) {
    field(transport), field(source), field(type), field(preferred), field(features), field(extensions);
    field(flaw);
  }
};

// Consecutive packets of one stream.
struct Media {
  static constexpr Kind kKind = Kind::kMedia;
  enum : std::uint8_t {
    kKeyFrame = 1,   // the first packet begins a key frame
    kMarker = 2,     // on the last packet
    kShortTail = 4,  // the last packet is short
    kEmpty = 8,      // padding only
    kFrames = 16,    // each packet is a frame
    kUnknownSsrc = 32,
    kWrongType = 64,
    kStepEach = 128,  // the step applies to each packet, not only to the first
  };
  std::uint8_t source = 0;
  std::uint8_t stream = 0;
  std::uint8_t flags = 0;
  std::uint8_t count = 0;   // minus one
  std::uint8_t size = 0;    // of payloads, in units of 8 bytes
  std::uint8_t step = 0;    // of sequence numbers
  std::uint8_t time = 0;    // step of timestamps
  std::uint8_t layers = 0;  // spatial, temporal: 4 bits each
  std::uint8_t flaw = 0;    // bits 0-1: number of changed bytes, whose offsets and values follow
  template <typename Field>
  void Fields(Field&& field) {
    field(source), field(stream), field(flags), field(count), field(size), field(step), field(time);
    field(layers), field(flaw);
  }
};

// RTX of sent packets, or of packets that were never sent.
struct Retransmit {
  static constexpr Kind kKind = Kind::kRetransmit;
  std::uint8_t source = 0;
  std::uint8_t stream = 0;
  std::uint16_t back = 0;  // distance from the newest sequence number
  std::uint8_t count = 0;  // minus one
  std::uint8_t size = 0;
  std::uint8_t salt = 0;  // varies the payload
  template <typename Field>
  void Fields(Field&& field) {
    field(source), field(stream), field(back), field(count), field(size), field(salt);
  }
};

// A compound of one or several messages.
struct Rtcp {
  static constexpr Kind kKind = Kind::kRtcp;
  enum : std::uint8_t {
    kSenderReport,
    kReceiverReport,
    kDescription,
    kBye,
    kPictureLoss,
    kFullIntra,
    kNack,
    kRemb,
    kTransportFeedback,
    kReferenceTime,
    kDlrr,
    kApp,
    kTypes
  };
  std::uint8_t transport = 0;
  std::uint8_t type = 0;
  std::uint8_t about = 0;  // selects the ssrc
  std::uint16_t value = 0;
  std::uint8_t repeat = 0;  // number of compounds minus one
  std::uint8_t flaw = 0;    // like in Media
  template <typename Field>
  void Fields(Field&& field) {
    field(transport), field(type), field(about), field(value), field(repeat), field(flaw);
  }
};

// A NACK of a receiver for packets that it was sent.
struct Nack {
  static constexpr Kind kKind = Kind::kNack;
  std::uint8_t transport = 0;
  std::uint8_t stream = 0;
  std::uint8_t back = 0;   // distance from the newest packet
  std::uint8_t count = 0;  // number of packets minus one
  template <typename Field>
  void Fields(Field&& field) {
    field(transport), field(stream), field(back), field(count);
  }
};

// Any bytes, which follow the command; the last field is their number.
struct Raw {
  static constexpr Kind kKind = Kind::kRaw;
  enum : std::uint8_t { kPlain, kRtp, kRtcp, kStranger, kRtcpPort, kWays };
  std::uint8_t transport = 0;
  std::uint8_t way = 0;
  std::uint8_t length = 0;
  template <typename Field>
  void Fields(Field&& field) {
    field(transport), field(way), field(length);
  }
};

// Ends the loop iteration, which forwards at most one slice.
struct EndTurn {
  static constexpr Kind kKind = Kind::kEndTurn;
  template <typename Field>
  void Fields(Field&& /*field*/) {}
};

struct Advance {
  static constexpr Kind kKind = Kind::kAdvance;
  enum : std::uint8_t { kBusy = 128 };  // the loop did not wait
  std::uint8_t duration = 0;
  template <typename Field>
  void Fields(Field&& field) {
    field(duration);
  }
};

template <Kind kOf>
struct Control {
  static constexpr Kind kKind = kOf;
  std::uint8_t object = 0;
  std::uint8_t action = 0;
  std::uint8_t argument = 0;
  template <typename Field>
  void Fields(Field&& field) {
    field(object), field(action), field(argument);
  }
};
using ControlConsumer = Control<Kind::kControlConsumer>;
using ControlProducer = Control<Kind::kControlProducer>;
using ControlTransport = Control<Kind::kControlTransport>;

struct Close {
  static constexpr Kind kKind = Kind::kClose;
  enum : std::uint8_t { kConsumer, kProducer, kTransport, kRouter, kServer, kUnknown, kTypes };
  std::uint8_t type = 0;
  std::uint8_t object = 0;
  template <typename Field>
  void Fields(Field&& field) {
    field(type), field(object);
  }
};

struct Stun {
  static constexpr Kind kKind = Kind::kStun;
  std::uint8_t transport = 0;
  std::uint8_t from = 0;  // 0: the peer's address
  std::uint8_t flags = 0;
  std::uint8_t flaw = 0;
  template <typename Field>
  void Fields(Field&& field) {
    field(transport), field(from), field(flags), field(flaw);
  }
};

struct LimitSink {
  static constexpr Kind kKind = Kind::kLimitSink;
  std::uint8_t slots = 0;  // number of free slots; 0: none is free for one iteration
  template <typename Field>
  void Fields(Field&& field) {
    field(slots);
  }
};

template <typename Command>
[[nodiscard]] Command Read(ByteReader& input) {
  Command command;
  command.Fields([&input](auto& field) {
    if constexpr (sizeof(field) == 1) {
      field = input.U8();
    } else {
      field = input.U16();
    }
  });
  return command;
}

// Writes scripts, for the seeds.
class Writer {
 public:
  template <typename Command>
  Writer& Add(Command command) {
    bytes_.push_back(static_cast<std::uint8_t>(Command::kKind));
    command.Fields([this](auto field) {
      if constexpr (sizeof(field) == 2) bytes_.push_back(static_cast<std::uint8_t>(field >> 8));
      bytes_.push_back(static_cast<std::uint8_t>(field));
    });
    return *this;
  }
  Writer& Bytes(ByteView bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  [[nodiscard]] const std::vector<std::uint8_t>& Script() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace ringcast::fuzz::script
