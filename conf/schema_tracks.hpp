// Setters which vrrp_instance and vrrp_sync_group share: trackers and notify scripts.
#pragma once

#include <fmt/format.h>

#include "conf/schema_context.hpp"
#include "conf/schema_values.hpp"

namespace conf {

/// One line `NAME [weight N [reverse|noreverse]]` of a track_* block.
void track_interface_line(Context& context, Tracks& tracks, std::string_view own_interface, const Args& args);
void track_script_line(Context& context, Tracks& tracks, const Args& args);
void track_file_line(Context& context, Tracks& tracks, const Args& args);
void track_process_line(Context& context, Tracks& tracks, const Args& args);
void track_bfd_line(Context& context, Tracks& tracks, const Args& args);
/// The same with `per_port` behind it.
void track_lagg_line(Context& context, Tracks& tracks, const Args& args);

/// A notify_* script: the first one wins.
/// @param whose  how a message begins, with {} for the object's name
void notify_script(Context& context, OptionalScript& into, const Args& args,
                   std::string_view whose = "({}) ");

}  // namespace conf
