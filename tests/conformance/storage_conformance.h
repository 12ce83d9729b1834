#pragma once

#include <thumbjobs/storage.h>

#include <QObject>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace thumbjobs::test {

/// What one backend brings to the suite.
struct StorageBackend {
    /// Opens the storage; a further call opens the same content once more, as another process
    /// would, where `shared` says so.
    std::function<std::shared_ptr<Storage>()> open;

    /// Empties the content, for the next test.
    std::function<void()> reset;

    /// Whether two instances can have the same content.
    bool shared = true;
};

/// What thumbjobs/storage.h promises of every Storage. Each backend runs it by a short main() of
/// its own.
class StorageConformance : public QObject {
    Q_OBJECT

public:
    explicit StorageConformance(StorageBackend backend);

private slots:
    void init();
    void cleanup();

    void stores_bytes_data();
    void stores_bytes();
    void reads_ranges();
    void stores_any_kind_of_blob_data();
    void stores_any_kind_of_blob();
    void stores_a_spooled_file_under_two_keys();
    void stores_a_large_blob();
    void put_again_keeps_the_blob();
    void failed_put_leaves_nothing();
    void failed_put_leaves_the_earlier_blob();
    void unknown_key_is_not_found();
    void opened_blob_outlives_its_removal();
    void remove_tells_whether_it_was_there();
    void keeps_similar_keys_apart();
    void accepts_the_longest_keys();
    void refuses_malformed_keys_data();
    void refuses_malformed_keys();

    void lists_nothing_when_empty();
    void lists_each_blob_once_data();
    void lists_each_blob_once();
    void lists_in_a_stable_order();
    void lists_what_stays_while_others_change();
    void list_refuses_bad_arguments_data();
    void list_refuses_bad_arguments();
    void list_goes_on_after_its_cursors_blob_is_gone();

    void first_stamp_stays();
    void stamp_is_no_blob();
    void stamp_refuses_malformed_ids_data();
    void stamp_refuses_malformed_ids();
    void stamp_race_has_one_winner();

    void second_instance_sees_the_same();
    void threads_do_not_disturb_each_other();
    void can_be_probed();
    void describes_itself();

private:
    std::vector<StoredBlob> list_all(int limit);

    StorageBackend backend_;
    std::shared_ptr<Storage> storage_;
};

} // namespace thumbjobs::test
