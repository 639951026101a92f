// Prints what a binary FlatBuffers schema (flatc --binary --schema) says that matters on the wire, a fact a
// line, so that two schemas can be compared as sets of lines.

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <flatbuffers/reflection.h>

namespace {

std::string TypeName(const reflection::Schema& schema, const reflection::Type& type);

std::string NameOf(const reflection::Schema& schema, reflection::BaseType base, int index) {
  const auto at = static_cast<flatbuffers::uoffset_t>(index);
  if (base == reflection::Obj) return schema.objects()->Get(at)->name()->str();
  // Members of an enum carry its name; of a union, both the value and its type do.
  if (index >= 0)
    return std::string(reflection::EnumNameBaseType(base)) + " " + schema.enums()->Get(at)->name()->str();
  return reflection::EnumNameBaseType(base);
}

std::string TypeName(const reflection::Schema& schema, const reflection::Type& type) {
  if (type.base_type() == reflection::Vector) return "[" + NameOf(schema, type.element(), type.index()) + "]";
  if (type.base_type() == reflection::Array) {
    return "[" + NameOf(schema, type.element(), type.index()) + ":" + std::to_string(type.fixed_length()) +
           "]";
  }
  return NameOf(schema, type.base_type(), type.index());
}

void PrintObject(const reflection::Schema& schema, const reflection::Object& object) {
  const auto name = object.name()->str();
  std::printf("%s is a %s\n", name.c_str(), object.is_struct() ? "struct" : "table");
  for (const auto* field : *object.fields()) {
    std::printf("%s field %s: id %u, %s, default %lld %g%s%s%s%s\n", name.c_str(), field->name()->c_str(),
                unsigned{field->id()}, TypeName(schema, *field->type()).c_str(),
                static_cast<long long>(field->default_integer()), field->default_real(),
                field->required() ? ", required" : "", field->optional() ? ", optional" : "",
                field->deprecated() ? ", deprecated" : "", field->key() ? ", key" : "");
  }
}

void PrintEnum(const reflection::Schema& schema, const reflection::Enum& values) {
  const auto name = values.name()->str();
  std::printf("%s is a%s of %s\n", name.c_str(), values.is_union() ? " union" : "n enum",
              reflection::EnumNameBaseType(values.underlying_type()->base_type()));
  for (const auto* value : *values.values()) {
    const auto* type = value->union_type();
    std::printf(
        "%s value %s: %lld%s\n", name.c_str(), value->name()->c_str(), static_cast<long long>(value->value()),
        type == nullptr || type->base_type() == reflection::None ? ""
                                                                 : (" " + TypeName(schema, *type)).c_str());
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: schema-facts FILE.bfbs\n");
    return 2;
  }
  std::ifstream file(arguments[1], std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (!reflection::VerifySchemaBuffer(verifier)) {
    std::fprintf(stderr, "schema-facts: %s is no binary schema\n", arguments[1]);
    return 1;
  }
  const auto& schema = *reflection::GetSchema(bytes.data());
  for (const auto* object : *schema.objects()) PrintObject(schema, *object);
  for (const auto* values : *schema.enums()) PrintEnum(schema, *values);
  std::printf("root %s\n", schema.root_table() == nullptr ? "none" : schema.root_table()->name()->c_str());
  std::printf("file identifier %s\n", schema.file_ident() == nullptr ? "none" : schema.file_ident()->c_str());
  return 0;
}
