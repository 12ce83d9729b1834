#pragma once

#include <string>
#include <string_view>

namespace thumbjobs::redis {

/// A script behind those definitions of `common` that it uses, directly or through others.
///
/// Form feeds part `common` into paragraphs. One that begins with `local function` is a definition;
/// of others each line is one. A definition uses earlier ones only. Constants are put in where they
/// are used: a function would have to be given each as an upvalue, every time it is made.
std::string script_text(std::string_view common, std::string_view script);

} // namespace thumbjobs::redis
