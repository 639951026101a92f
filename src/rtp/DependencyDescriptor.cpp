#include "ringcast/rtp/DependencyDescriptor.hpp"

#include <algorithm>
#include <utility>

#include "rtp/BitString.hpp"
#include "rtp/DependencyStructure.hpp"

namespace ringcast::rtp {
namespace {

constexpr unsigned kMandatoryBits = 8 * kMandatoryDescriptorSize;
constexpr unsigned kExtendedFlags = 5;

// The flags at the start of extended_descriptor_fields().
struct Flags {
  explicit Flags(BitReader& bits)
      : structure(bits.Flag()),
        activeTargets(bits.Flag()),
        indications(bits.Flag()),
        references(bits.Flag()),
        chains(bits.Flag()) {}
  Flags() = default;

  bool structure = false;
  bool activeTargets = false;
  bool indications = false;
  bool references = false;
  bool chains = false;
};

void AddReference(std::uint16_t reference, DependencyInfo& info) {
  if (info.referenceCount == info.references.size()) {
    info.tooManyReferences = true;
  } else {
    info.references[info.referenceCount++] = reference;
  }
}

// frame_fdiffs()
void ReadReferences(BitReader& bits, DependencyInfo& info) {
  for (;;) {
    const std::uint32_t size = bits.Bits(2);  // in units of 4 bits
    if (size == 0) return;
    AddReference(static_cast<std::uint16_t>(bits.Bits(4 * size) + 1), info);
  }
}

// frame_dependency_definition() without the layers and the chains.
void ReadDefinition(BitReader& bits, const Flags& flags, const DependencyTemplate& source,
                    std::size_t targetCount, DependencyInfo& info) {
  info.indications = flags.indications ? ReadIndications(bits, targetCount) : source.indications;
  if (flags.references) {
    ReadReferences(bits, info);
    return;
  }
  for (std::size_t i = 0; i < source.referenceCount; ++i) AddReference(source.references[i], info);
  info.tooManyReferences = source.tooManyReferences;
}

}  // namespace

DependencyReader::DependencyReader() = default;
DependencyReader::~DependencyReader() = default;
DependencyReader::DependencyReader(DependencyReader&&) noexcept = default;
DependencyReader& DependencyReader::operator=(DependencyReader&&) noexcept = default;

std::optional<DependencyDescriptor> DependencyReader::Read(ByteView value) {
  if (value.size() > kMaxDescriptorSize) return std::nullopt;
  BitReader bits(value);
  DependencyDescriptor descriptor;
  DependencyInfo& info = descriptor.info;
  descriptor.startOfFrame = bits.Flag();
  descriptor.endOfFrame = bits.Flag();
  const auto templateId = static_cast<std::uint8_t>(bits.Bits(6));
  info.frameNumber = static_cast<std::uint16_t>(bits.Bits(16));
  if (!bits.Ok()) return std::nullopt;
  const std::int64_t frame = frameNumbers_.Peek(info.frameNumber);

  const bool extended = value.size() > kMandatoryDescriptorSize;
  const Flags flags = extended ? Flags(bits) : Flags();
  std::unique_ptr<Structure> attached;
  if (flags.structure) {
    attached = Structure::Read(bits);
    if (!attached) return std::nullopt;
    // Shares an equal structure: packets of a key frame may arrive before its first packet, and are then read
    // with the previous structure.
    for (const auto* known : {&current_, &previous_}) {
      if (*known && attached->SameAs(**known)) attached->shared = (*known)->shared;
    }
    attached->firstFrame = frame;
    attached->activeTargetsSince = frame;
  }
  Structure* structure = attached ? attached.get() : For(frame);
  const DependencyTemplate* source = structure != nullptr ? structure->Find(templateId) : nullptr;
  if (source == nullptr) return std::nullopt;

  const std::uint8_t targetCount = structure->shared->targetCount;
  info.hasStructure = flags.structure;
  info.hasActiveTargets = flags.activeTargets;
  info.activeTargetsAt =
      static_cast<std::uint16_t>(extended ? bits.Position() : kMandatoryBits + kExtendedFlags);
  if (flags.activeTargets) info.activeTargets = bits.Bits(targetCount);
  ReadDefinition(bits, flags, *source, targetCount, info);
  if (flags.chains) {  // frame_chains(), 8 bits per chain
    for (std::size_t i = 0; i < structure->chainCount; ++i) bits.Bits(8);
  }
  if (!bits.Ok()) return std::nullopt;
  info.endsAt = static_cast<std::uint16_t>(bits.Position());
  descriptor.spatialLayer = source->spatialLayer;
  descriptor.temporalLayer = source->temporalLayer;
  descriptor.structure = structure->shared;

  // The descriptor is valid; update the state.
  static_cast<void>(frameNumbers_.Unwrap(info.frameNumber));
  if (!flags.activeTargets) {
    info.activeTargets = structure->activeTargets;
  } else if (frame >= structure->activeTargetsSince) {
    structure->activeTargets = info.activeTargets;
    structure->activeTargetsSince = frame;
  }
  if (attached) Keep(std::move(attached));
  return descriptor;
}

DependencyReader::Structure* DependencyReader::For(std::int64_t frameNumber) const {
  for (const auto& structure : {&current_, &previous_}) {
    if (*structure && frameNumber >= (*structure)->firstFrame) return structure->get();
  }
  return nullptr;
}

void DependencyReader::Keep(std::unique_ptr<Structure> structure) {
  if (!current_ || structure->firstFrame <= current_->firstFrame - kMaxLateFrames) {
    current_ = std::move(structure);
    previous_.reset();
  } else if (structure->firstFrame < current_->firstFrame) {
    if (!previous_ || structure->firstFrame >= previous_->firstFrame) previous_ = std::move(structure);
  } else if (structure->firstFrame == current_->firstFrame) {
    current_ = std::move(structure);  // the same structure repeated, or its replacement
  } else {
    previous_ = std::exchange(current_, std::move(structure));
  }
}

std::size_t PatchedSize(ByteView value, const DependencyInfo& info, std::uint8_t targetCount) {
  if (info.activeTargetsAt == 0) return 0;
  if (info.hasActiveTargets) return value.size();
  const std::size_t bits = std::max(info.endsAt, info.activeTargetsAt) + std::size_t{targetCount};
  const std::size_t size = (bits + 7) / 8;
  return size <= kMaxDescriptorSize ? size : 0;
}

std::size_t WriteActiveTargets(ByteView value, const DependencyInfo& info, std::uint8_t targetCount,
                               std::uint32_t activeTargets, MutableBytes out) {
  const std::size_t size = PatchedSize(value, info, targetCount);
  if (size == 0 || size > out.size()) return 0;
  const MutableBytes written = out.first(size);
  std::fill(written.begin(), written.end(), std::uint8_t{0});
  BitReader from(value);
  BitWriter to(written);

  to.Copy(from, kMandatoryBits);
  // A descriptor with the mandatory fields only has no flags; they are all 0.
  const bool extended = info.endsAt > kMandatoryBits;
  const std::uint32_t flags = extended ? from.Bits(kExtendedFlags) : 0;
  constexpr std::uint32_t kActiveTargetsPresent = 0x08;
  to.Bits(flags | kActiveTargetsPresent, kExtendedFlags);
  if (extended) to.Copy(from, info.activeTargetsAt - from.Position());
  to.Bits(activeTargets, targetCount);
  if (info.hasActiveTargets) from.Bits(targetCount);
  to.Copy(from, std::max<std::size_t>(info.endsAt, from.Position()) - from.Position());
  return size;
}

}  // namespace ringcast::rtp
