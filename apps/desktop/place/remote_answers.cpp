#include "place/remote_answers.h"

#include "place/remote_place.h"

namespace desktop {
namespace {

Failure failure_of_trouble(const HttpAnswer& answer) {
    switch (answer.trouble) {
    case Trouble::none:
        break;
    case Trouble::unreachable:
        return {code_unreachable, RemotePlace::tr("The server does not answer."), true};
    case Trouble::silent:
        return {code_unreachable, RemotePlace::tr("The server did not answer in time."), true};
    case Trouble::untrusted:
        return {code_unreachable, RemotePlace::tr("The server's certificate is not trusted.")};
    case Trouble::too_large:
        return {code_bad_answer, RemotePlace::tr("The server's answer is larger than it may be.")};
    case Trouble::redirected:
        return {code_bad_answer, RemotePlace::tr("The server points to %1.").arg(answer.about)};
    case Trouble::unreadable:
        return {code_unreadable, answer.about};
    case Trouble::aborted:
        return {code_closed, RemotePlace::tr("The connection was closed."), true};
    }
    return {code_bad_answer, RemotePlace::tr("The server's answer makes no sense.")};
}

} // namespace

bool is_success(const HttpAnswer& answer) {
    return answer.trouble == Trouble::none && answer.status >= 200 && answer.status < 300;
}

bool worth_another_try(const HttpAnswer& answer) {
    if (answer.trouble == Trouble::none)
        return answer.status == 408 || answer.status == 500 || answer.status == 502 ||
               answer.status == 503 || answer.status == 504;
    return answer.trouble == Trouble::unreachable || answer.trouble == Trouble::silent;
}

Failure failure_of(const HttpAnswer& answer) {
    if (answer.trouble != Trouble::none)
        return failure_of_trouble(answer);
    const Problem problem = parse_problem(text_of(answer));
    Failure failure;
    failure.code = problem.code;
    failure.message = QString::fromStdString(problem.detail);
    failure.retry_after = answer.retry_after;
    failure.retryable = worth_another_try(answer) || answer.status == 429 || answer.status == 507;
    if (answer.status == 401 || answer.status == 403) {
        failure.code = code_refused;
        if (failure.message.isEmpty())
            failure.message = RemotePlace::tr("The server does not accept the token for this.");
    }
    if (failure.code.empty()) {
        // Not thumbd itself has answered, but something in front of it.
        failure.code = answer.status == 404   ? "not_found"
                       : answer.status == 413 ? "input_too_large"
                       : answer.status == 429 ? "queue_full"
                                              : code_bad_answer;
    }
    if (failure.message.isEmpty())
        failure.message = RemotePlace::tr("The server answered with status %1.").arg(answer.status);
    return failure;
}

} // namespace desktop
