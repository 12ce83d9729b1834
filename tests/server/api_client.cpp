#include "server/api_client.h"

#include <QJsonDocument>
#include <QRegularExpression>

namespace thumbd::test {

QJsonObject Answer::json() const {
    return QJsonDocument::fromJson(QByteArray::fromStdString(body)).object();
}

QString Answer::text(const char* member) const {
    return json().value(QLatin1String(member)).toString();
}

QString Answer::problem_code() const {
    const auto problem = json();
    const bool sound = header("content-type") == "application/problem+json" &&
                       problem.value("status").toInt() == status && problem.contains("type") &&
                       problem.contains("title") && !problem.value("detail").toString().isEmpty();
    return sound ? problem.value("code").toString() : QString();
}

Answer ApiClient::request(std::string_view method, std::string_view target,
                          std::string_view headers, std::string_view body) {
    std::string text = std::string(method) + ' ' + std::string(target) +
                       " HTTP/1.1\r\nHost: " + host + "\r\n" + std::string(headers);
    if (!token.empty())
        text += "Authorization: Bearer " + token + "\r\n";
    if (!body.empty() || method == "POST")
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text += "\r\n";
    text += body;
    Answer answer;
    // A connection that was kept may have been closed meanwhile: then once more on a new one.
    for (const bool kept : {connection_.has_value(), false}) {
        if (!kept)
            connection_.emplace(port_);
        connection_->patience = std::chrono::seconds(30);
        connection_->send(text);
        answer = Answer{connection_->response(method == "HEAD")};
        if (answer.status != 0 && answer.header("connection") != "close")
            break;
        connection_.reset();
        if (answer.status != 0 || !kept)
            break;
    }
    return answer;
}

Answer ApiClient::submit(const thumbjobs::Bytes& image, std::string_view query,
                         std::string_view headers) {
    std::string target = "/v1/jobs";
    if (!query.empty())
        target += '?' + std::string(query);
    return post(target, text_of(image),
                "Content-Type: application/octet-stream\r\n" + std::string(headers));
}

QJsonObject ApiClient::submit_and_wait(const thumbjobs::Bytes& image, std::string_view query) {
    const auto answer = submit(image, query, "Prefer: wait=30\r\n");
    const auto job = answer.json();
    return answer.status == 200 && job.value("status").toString() == "succeeded" ? job
                                                                                 : QJsonObject();
}

std::string_view text_of(const thumbjobs::Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string path_of(const QJsonObject& job, std::string_view rest) {
    return "/v1/jobs/" + job.value("id").toString().toStdString() + std::string(rest);
}

double metric(const std::string& text, const QString& name) {
    const QRegularExpression line('^' + QRegularExpression::escape(name) + " (\\S+)$",
                                  QRegularExpression::MultilineOption);
    return line.match(QString::fromStdString(text)).captured(1).toDouble();
}

} // namespace thumbd::test
