#include "ringcast/rtp/FrameInspector.hpp"

#include <utility>

#include "ringcast/rtp/PayloadDescriptor.hpp"

namespace ringcast::rtp {

FrameInfo FrameInspector::Inspect(const Packet& packet) {
  FrameInfo info = InspectPayload(codec_, packet.Payload(), packet.Marker());
  // A receiver that joins at an IDR slice needs the parameter sets before it, unless the stream carries none
  // (out-of-band parameter sets).
  parameterSetsCome_ = parameterSetsCome_ || info.hasParameterSets;
  if (parameterSetsCome_ && !info.hasParameterSets) info.keyFrame = false;

  const auto value = packet.ExtensionValue(Extension::kDependencyDescriptor);
  if (!value) return info;
  auto descriptor = dependencies_.Read(*value);
  info.structureMissing = !descriptor;
  if (!descriptor) {
    // The first bit of the descriptor (start of frame) is valid without a structure.
    const bool startOfFrame = !value->empty() && (value->front() & 0x80) != 0;
    info.keyFrame = info.keyFrame && startOfFrame;
    return info;
  }

  info.beginsFrame = descriptor->startOfFrame;
  info.endsFrame = descriptor->endOfFrame;
  // Appendix A.8.3: the first packet of a coded video sequence carries the structure.
  info.keyFrame = descriptor->info.hasStructure && descriptor->startOfFrame;
  info.spatialLayer = descriptor->spatialLayer;
  info.temporalLayer = descriptor->temporalLayer;
  info.dependency = descriptor->info;
  info.structure = std::move(descriptor->structure);
  return info;
}

}  // namespace ringcast::rtp
