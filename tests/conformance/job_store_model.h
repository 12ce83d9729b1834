#pragma once

#include "conformance/job_store_conformance.h"

#include <QObject>

namespace thumbjobs::test {

/// Runs random histories on the store under test and on the memory store, with the same time, and
/// compares every answer and, again and again, everything that can be listed.
///
/// The environment variable THUMBJOBS_MODEL_SEED repeats one history; a failure prints its seed.
class JobStoreModel : public QObject {
    Q_OBJECT

public:
    explicit JobStoreModel(StoreFixtureFactory factory) : factory_(std::move(factory)) {}

private slots:
    void behaves_as_the_reference_data();
    void behaves_as_the_reference();

private:
    StoreFixtureFactory factory_;
};

} // namespace thumbjobs::test
