// The tables by name. Each is defined in the schema_*.cpp of its subject.
#pragma once

#include "conf/schema_table.hpp"

namespace conf {

extern const Block kTopBlock;
extern const Block kGlobalBlock;
extern const Block kInstanceBlock;
extern const Block kAuthenticationBlock;
extern const Block kHmacBlock;
extern const Block kSyncGroupBlock;
extern const Block kScriptBlock;
extern const Block kTrackFileBlock;
extern const Block kVrrpTrackFileBlock;
extern const Block kTrackProcessBlock;
extern const Block kTrackGroupBlock;
extern const Block kGarpGroupBlock;

}  // namespace conf
