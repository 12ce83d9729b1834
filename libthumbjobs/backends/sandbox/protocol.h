// What service and helper say to each other: one message a packet of a Unix SOCK_SEQPACKET socket.
//
//     service                                helper
//       setup    ------------------------->           once
//                <-------------------------  ready    warmed up, locked down, tested; or failed
//       job      ------------------------->
//                <-------------------------  header   with the predicted cost, if that is high
//       proceed or abandon  -------------->
//                <-------------------------  progress any number
//                <-------------------------  done, failed or abandoned
//
// The header of a cheap image is noted in the status page instead: a message would wake the service
// for nothing. The image lies in the input file of the helper, or in one that comes with the job's
// packet; the renditions lie behind each other in the helper's output file. Both sides take the
// other for hostile: what is longer, out of range or out of turn is refused as a whole.
#pragma once

#include <thumbjobs/error.h>
#include <thumbjobs/resizer.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace thumbjobs::sandbox {

/// Raised with every change of a message.
inline constexpr std::uint16_t protocol_version = 2;

/// Bytes of the longest packet. A job of 32 specs, or a ready with its texts, is well below.
inline constexpr std::size_t max_packet = std::size_t{32} * 1024;

// The file descriptors that a helper starts with.
inline constexpr int helper_socket = 3;
inline constexpr int helper_status = 4; ///< A StatusPage.
inline constexpr int helper_input = 5;  ///< Written by the service, read-only for the helper.
inline constexpr int helper_output = 6; ///< Written by the helper.

/// Exit status of a helper whose last words are in its status page.
inline constexpr int exit_forbidden = 86;

/// What a helper is to be. Sent once.
struct Setup {
    std::string resizer{};         ///< URL of the resizer to wrap.
    std::int64_t memory = 0;       ///< Bytes that an attempt may use.
    std::int64_t output = 0;       ///< Bytes that its renditions may have together.
    std::int64_t cpu_seconds = 0;  ///< Of the helper's whole life after the set-up.
    std::int64_t shared_input = 0; ///< Bytes of the helper's input file.
    bool network_namespace = true; ///< Whether to try for one of its own.
};

/// What the helper found when it tried to break out; and what it wraps.
struct Ready {
    std::string description{}; ///< Resizer::describe()
    std::vector<std::string> input_types{};
    std::string socket_refused{};   ///< Empty: a socket could be made.
    std::string open_refused{};     ///< Empty: a file could be opened.
    std::int32_t landlock = 0;      ///< ABI in force; 0: none.
    bool network_namespace = false; ///< Whether it got one.
};

/// One image to make renditions of.
struct Work {
    std::uint64_t id = 0;
    std::uint64_t input_size = 0; ///< Bytes.
    bool own_file = false;        ///< The input comes in a file with this packet: the stored one
                                  ///< itself, or a sealed copy.
    bool wants_progress = false;
    std::int64_t admitted = 0; ///< Bytes: a prediction up to here need not wait.
    ImageLimits limits{};
    std::vector<RenditionSpec> specs{};
};

struct Proceed {
    std::uint64_t id = 0;
};

struct Abandon {
    std::uint64_t id = 0;
};

struct Header {
    std::uint64_t id = 0;
    ImageInfo info{};
    std::int64_t predicted = 0; ///< Bytes of memory that the attempt will use at its peak.
    bool waits = false;         ///< Whether the helper waits for Proceed or Abandon.
};

struct Progress {
    std::uint64_t id = 0;
    double fraction = 0; ///< 0 to 1.
};

/// One rendition; its bytes follow those of the one before in the output file.
struct DoneImage {
    std::uint64_t size = 0;
    std::string media_type{};
    int width = 0;
    int height = 0;
};

struct Done {
    std::uint64_t id = 0;
    ImageInfo source{};
    std::uint64_t cpu_ms = 0; ///< Of the helper's whole life.
    std::vector<DoneImage> images{};
};

/// Also the answer to a Setup that could not be followed; its id is 0 then.
struct Failed {
    std::uint64_t id = 0;
    ErrorCode code = ErrorCode::internal;
    std::uint64_t cpu_ms = 0;
    std::string message{};
    std::string detail{};
};

struct Abandoned {
    std::uint64_t id = 0;
};

using Order = std::variant<Setup, Work, Proceed, Abandon>;                     ///< To the helper.
using Answer = std::variant<Ready, Header, Progress, Done, Failed, Abandoned>; ///< From it.

/// At most max_packet bytes; longer texts are cut, longer lists never occur in validated requests.
Bytes encode(const Order& order);
Bytes encode(const Answer& answer);

/// Nothing for anything that encode() could not have made, and for another version.
std::optional<Order> decode_order(ByteView packet);
std::optional<Answer> decode_answer(ByteView packet);

} // namespace thumbjobs::sandbox
