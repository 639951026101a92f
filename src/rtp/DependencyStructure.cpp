#include "rtp/DependencyStructure.hpp"

#include <algorithm>

namespace ringcast::rtp {
namespace {

using Templates = std::array<DependencyTemplate, kMaxDependencyTemplates>;

// template_layers(). Returns the number of templates, or 0 if malformed.
std::uint8_t ReadLayers(BitReader& bits, Templates& templates, DependencyStructure& shared) {
  std::uint8_t count = 0;
  std::uint8_t spatialLayer = 0;
  std::uint8_t temporalLayer = 0;
  while (count < templates.size()) {
    templates[count].spatialLayer = spatialLayer;
    templates[count].temporalLayer = temporalLayer;
    ++count;
    shared.temporalLayers = std::max(shared.temporalLayers, static_cast<std::uint8_t>(temporalLayer + 1));
    const std::uint32_t next = bits.Bits(2);  // next_layer_idc, table A.3
    if (!bits.Ok()) return 0;
    if (next == 1) {
      if (++temporalLayer == kMaxTemporalLayers) return 0;
    } else if (next == 2) {
      temporalLayer = 0;
      if (++spatialLayer == kMaxSpatialLayers) return 0;
    } else if (next == 3) {
      shared.spatialLayers = static_cast<std::uint8_t>(spatialLayer + 1);
      return count;
    }
  }
  return 0;  // more templates than ids
}

// template_fdiffs() of one template.
void ReadReferences(BitReader& bits, DependencyTemplate& one) {
  while (bits.Flag()) {
    const auto reference = static_cast<std::uint8_t>(bits.Bits(4) + 1);
    if (one.referenceCount == one.references.size()) {
      one.tooManyReferences = true;
    } else {
      one.references[one.referenceCount++] = reference;
    }
  }
}

// template_chains(). Returns the number of chains and skips everything else.
std::uint8_t SkipChains(BitReader& bits, std::size_t templateCount, std::uint32_t targetCount) {
  const std::uint32_t chains = bits.NonSymmetric(targetCount + 1);
  if (chains == 0) return 0;
  for (std::uint32_t target = 0; target < targetCount; ++target) bits.NonSymmetric(chains);
  for (std::size_t i = 0; i < templateCount * chains && bits.Ok(); ++i) bits.Bits(4);
  return static_cast<std::uint8_t>(chains);
}

// decode_target_layers(): the layers of a target are the highest ones that it has frames of.
void FindTargetLayers(const Templates& templates, std::size_t templateCount, DependencyStructure& shared) {
  for (std::size_t target = 0; target < shared.targetCount; ++target) {
    auto& layers = shared.targets[target];
    for (std::size_t i = 0; i < templateCount; ++i) {
      const auto& one = templates[i];
      if (((one.indications >> (2 * target)) & 3) == 0) continue;
      layers.spatialLayer = std::max(layers.spatialLayer, one.spatialLayer);
      layers.temporalLayer = std::max(layers.temporalLayer, one.temporalLayer);
    }
  }
}

}  // namespace

std::uint64_t ReadIndications(BitReader& bits, std::size_t targetCount) {
  std::uint64_t indications = 0;
  for (std::size_t target = 0; target < targetCount; ++target)
    indications |= std::uint64_t{bits.Bits(2)} << (2 * target);
  return indications;
}

std::unique_ptr<DependencyReader::Structure> DependencyReader::Structure::Read(BitReader& bits) {
  auto structure = std::make_unique<Structure>();
  auto shared = std::make_shared<DependencyStructure>();
  auto& templates = structure->templates;
  structure->templateIdOffset = static_cast<std::uint8_t>(bits.Bits(6));
  shared->targetCount = static_cast<std::uint8_t>(bits.Bits(5) + 1);
  structure->templateCount = ReadLayers(bits, templates, *shared);
  if (structure->templateCount == 0) return nullptr;
  const std::size_t count = structure->templateCount;
  for (std::size_t i = 0; i < count; ++i)
    templates[i].indications = ReadIndications(bits, shared->targetCount);
  for (std::size_t i = 0; i < count; ++i) ReadReferences(bits, templates[i]);
  structure->chainCount = SkipChains(bits, count, shared->targetCount);
  FindTargetLayers(templates, count, *shared);
  if (bits.Flag()) {  // render_resolutions(): 16 bits each for width and height
    for (std::size_t layer = 0; layer < shared->spatialLayers; ++layer) bits.Bits(32);
  }
  if (!bits.Ok()) return nullptr;
  structure->shared = std::move(shared);
  structure->activeTargets = structure->AllTargets();
  return structure;
}

const DependencyTemplate* DependencyReader::Structure::Find(std::uint8_t templateId) const {
  // frame_dependency_definition(): templateIndex, modulo 64 because ids have 6 bits.
  const std::size_t index =
      (templateId + kMaxDependencyTemplates - templateIdOffset) % kMaxDependencyTemplates;
  return index < templateCount ? &templates[index] : nullptr;
}

}  // namespace ringcast::rtp
