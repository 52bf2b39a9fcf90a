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
extern const Block kSslBlock;
extern const Block kServerGroupBlock;
extern const Block kVirtualServerBlock;
extern const Block kRealServerBlock;
extern const Block kTcpCheckBlock;
extern const Block kHttpGetBlock;
extern const Block kHttpUrlBlock;
extern const Block kSslGetBlock;
extern const Block kSslUrlBlock;
extern const Block kSmtpCheckBlock;
extern const Block kSmtpHostBlock;
extern const Block kDnsCheckBlock;
extern const Block kMiscCheckBlock;
extern const Block kBfdCheckBlock;
extern const Block kUdpCheckBlock;
extern const Block kPingCheckBlock;
extern const Block kFileCheckBlock;
extern const Block kHttp2GetBlock;
extern const Block kHttp2UrlBlock;
extern const Block kGrpcCheckBlock;
extern const Block kAgentCheckBlock;
extern const Block kRedisCheckBlock;
extern const Block kMysqlCheckBlock;
extern const Block kPgsqlCheckBlock;
extern const Block kLdapCheckBlock;
extern const Block kLaggBlock;
extern const Block kLaggPortBlock;
extern const Block kBfdBlock;

}  // namespace conf
