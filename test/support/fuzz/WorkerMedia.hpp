#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ringcast/base/Bytes.hpp"
#include "ringcast/base/Types.hpp"
#include "support/fuzz/WorkerParameters.hpp"
#include "support/fuzz/WorkerScript.hpp"

namespace ringcast::fuzz {

// The media of a participant: packets for a producer of the Worker target's scripts.
class ScriptSource {
 public:
  ScriptSource(std::string transport, const script::Produce& command, const rtc::ProduceOptions& options);

  [[nodiscard]] const std::string& Producer() const { return producer_; }
  [[nodiscard]] const std::string& Transport() const { return transport_; }
  // Returns the ssrcs of its streams and of their RTX, if any.
  [[nodiscard]] std::vector<Ssrc> Ssrcs() const;

  using Send = std::function<void(std::vector<std::uint8_t>)>;
  // A byte to overwrite in each packet.
  struct Change {
    std::uint8_t offset = 0;
    std::uint8_t value = 0;
  };
  void SendMedia(const script::Media& command, const std::vector<Change>& changes, const Send& send);
  void SendRetransmissions(const script::Retransmit& command, const Send& send);

 private:
  struct Stream {
    Ssrc ssrc;
    std::optional<Ssrc> rtxSsrc;
    std::string rid;  // set if the parameters give the stream no ssrc
    std::uint16_t sequenceNumber = 0;
    std::uint16_t rtxSequenceNumber = 0;
    std::uint32_t timestamp = 0;
    std::uint16_t pictureId = 0;
    std::uint8_t tl0PicIdx = 0;
    bool begun = false;
  };
  struct Header {
    Ssrc ssrc;
    std::uint8_t payloadType = 0;
    bool marker = false;
    std::uint16_t sequenceNumber = 0;
    std::uint32_t timestamp = 0;
  };
  // Position and layer of a packet within the burst.
  struct Part {
    bool keyFrame = false;
    bool beginsFrame = false;
    bool endsFrame = false;
    std::uint8_t spatial = 0;
    std::uint8_t temporal = 0;
  };

  [[nodiscard]] std::vector<std::uint8_t> Begin(const Stream& stream, const Header& header, const Part& part,
                                                bool retransmission);
  [[nodiscard]] std::vector<std::uint8_t> ExtensionValue(rtp::Extension extension, const Stream& stream,
                                                         const Part& part, bool retransmission);
  [[nodiscard]] std::vector<std::uint8_t> DependencyDescriptor(const Stream& stream, const Part& part) const;
  void AppendDescriptor(const Stream& stream, const Part& part, std::vector<std::uint8_t>& out) const;

  std::string transport_;
  std::string producer_;
  std::string mid_;
  ScriptCodec codec_;
  std::uint16_t extensions_;
  std::uint16_t transportSequenceNumber_ = 0;
  std::vector<Stream> streams_;
};

}  // namespace ringcast::fuzz
