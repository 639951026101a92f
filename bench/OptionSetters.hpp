#pragma once

#include <type_traits>

#include "worker/CommandLine.hpp"

namespace ringcast::bench {

// Option setters of the benchmarks, parameterised by the member that they set.

template <typename Member>
struct MemberOf;
template <typename Owner, typename Value>
struct MemberOf<Value Owner::*> {
  using OwnerType = Owner;
  using ValueType = Value;
};
template <auto member>
using OwnerOf = typename MemberOf<decltype(member)>::OwnerType;

template <auto member, auto lowest, auto highest>
Status SetNumber(OwnerOf<member>& options, const worker::Option& option) {
  using Number = typename MemberOf<decltype(member)>::ValueType;
  const auto number = worker::ParseNumber<Number>(option, lowest, highest);
  if (!number) return number.Failure();
  options.*member = *number;
  return OkStatus();
}

template <auto member>
Status SetFlag(OwnerOf<member>& options, const worker::Option& /*option*/) {
  options.*member = true;
  return OkStatus();
}

}  // namespace ringcast::bench
