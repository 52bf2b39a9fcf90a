// Notes with names (see check_notes.cpp), and the keyword which silences them.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "conf/schema_context.hpp"

namespace conf {

/// Before the drafts go into the model.
void note_vrrp(Context& context);
void note_lvs(Context& context);
void note_laggs(Context& context);
/// lint_ignore NAME…
void ignore_notes(Context& context, const Args& args, std::set<std::string, std::less<>>& into);
bool is_note(std::string_view name);

struct Note {
    std::string_view name;
    std::string_view what;
};
std::span<const Note> all_notes();

}  // namespace conf
