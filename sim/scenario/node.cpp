// SPDX-License-Identifier: MIT
#include "sim/scenario/node.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "sim/scenario/utf8.hpp"

namespace shaketable {
namespace {

std::shared_ptr<const Source> make_source(std::string_view text, const std::string& name) {
    auto source = std::make_shared<Source>();
    source->name = name;
    if (text.starts_with("\xef\xbb\xbf"))
        text.remove_prefix(3);  // a byte order mark takes no column
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        source->lines.emplace_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return source;
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

// Where the text stops being text.
std::optional<Position> first_bad_byte(std::string_view text,
                                       const std::shared_ptr<const Source>& source) {
    Position at{source, 1, 1};
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        if (length == 0) return at;
        if (text.front() == '\n') {
            ++at.line;
            at.column = 1;
        } else {
            ++at.column;
        }
        text.remove_prefix(length);
    }
    return std::nullopt;
}

// Whether the quoted scalar that begins at the position has its second quote; yaml-cpp takes the
// end of the file for one. True if no quote is there at all.
bool is_closed(const Source& source, std::size_t line, std::size_t byte) {
    const auto text = [&](std::size_t index) {
        return index < source.lines.size() ? std::string_view(source.lines[index])
                                           : std::string_view();
    };
    std::string_view rest = text(line).substr(std::min(byte, text(line).size()));
    if (!rest.starts_with('"') && !rest.starts_with('\'')) return true;
    const char quote = rest.front();
    rest.remove_prefix(1);
    for (; line < source.lines.size(); rest = text(++line)) {
        for (std::size_t i = 0; i < rest.size(); ++i) {
            const bool twice = rest[i] == quote && rest.substr(i + 1).starts_with(quote);
            const bool escaped = quote == '"' ? rest[i] == '\\' : twice;
            if (escaped)
                ++i;
            else if (rest[i] == quote)
                return true;
        }
    }
    return false;
}

// Turns lines and bytes, both from 0, into positions. Remembers where it was, so that a file of one
// long line is not counted from its start for every value.
class Columns {
public:
    explicit Columns(std::shared_ptr<const Source> source) : source_(std::move(source)) {}

    Position position(int line, int byte) {
        const int lines = std::max(1, static_cast<int>(source_->lines.size()));
        const int index = std::clamp(line, 0, lines - 1);
        if (index != line_ || byte < byte_) {
            line_ = index;
            byte_ = 0;
            column_ = 1;
        }
        const auto& all = source_->lines;
        const std::string_view text =
            all.empty() ? std::string_view() : all[static_cast<std::size_t>(index)];
        for (; byte_ < byte; ++byte_) {
            const auto next = static_cast<std::size_t>(byte_) + 1;
            column_ += next < text.size() && continues_character(text[next]) ? 0 : 1;
        }
        return {source_, index + 1, column_};
    }

private:
    std::shared_ptr<const Source> source_;
    int line_ = -1;
    int byte_ = 0;
    int column_ = 1;
};

// Ends the walk: nothing sensible can be said about the rest of the file.
struct Abandon {
    Diagnostic why;
};

bool looks_like_a_number(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    return !text.empty() && text.front() >= '0' && text.front() <= '9' &&
           text.find_first_not_of("0123456789.eE:_") == std::string_view::npos;
}

// How many aliases stand inside each other, and how many nodes there are, in an anchored tree.
struct Anchored {
    Node node;
    int alias_depth = 0;
    std::size_t nodes = 0;
    int height = 0;
};

// Builds the tree from yaml-cpp's events.
class Builder : public YAML::EventHandler {
public:
    Builder(std::shared_ptr<const Source> source, Diagnostics& diagnostics)
        : columns_(std::move(source)), diagnostics_(diagnostics) {}

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) abandon(mark, "a scenario file holds one document, not several");
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        Node node;
        node.at = position(mark);
        place(std::move(node), anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) abandon(mark, "an alias inside the value it stands for");
        const Anchored& anchored = found->second;
        if (anchored.alias_depth + 1 > kMostAliasDepth) {
            abandon(mark, "aliases nested more than " + std::to_string(kMostAliasDepth) + " deep");
        }
        if (static_cast<int>(open_.size()) + anchored.height > kMostNesting) too_deep(mark);
        count(position(mark), anchored.nodes);
        for (Open& open : open_) {
            open.alias_depth = std::max(open.alias_depth, anchored.alias_depth + 1);
        }
        finish({anchored.node, anchored.alias_depth + 1, 0, anchored.height}, 0);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        refuse_tag(mark, tag);
        Node node = Node::scalar(value, position(mark));
        node.plain = tag == "?";
        const auto line = static_cast<std::size_t>(node.at.line - 1);
        const auto byte = static_cast<std::size_t>(std::max(0, mark.column));
        if (!node.plain && !is_closed(*node.at.source, line, byte)) {
            abandon(mark, "a quote that is not closed");
        }
        if (!is_text(value)) {
            diagnostics_.add({node.at, 1, "an escape stands for a character that is not text", {}});
            node.kind = Node::Kind::hole;
        }
        place(std::move(node), anchor);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        refuse_tag(mark, tag);
        open(mark, Node::Kind::list, anchor);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        refuse_tag(mark, tag);
        open(mark, Node::Kind::map, anchor);
    }
    void OnMapEnd() override { close(); }

    // Where the innermost collection of the kind begins whose end has not come yet.
    std::optional<Position> innermost_open(Node::Kind kind) const {
        for (auto open = open_.rbegin(); open != open_.rend(); ++open) {
            if (open->node.kind == kind) return open->node.at;
        }
        return std::nullopt;
    }

    const std::optional<Node>& root() const { return root_; }
    std::optional<Node> take_root() { return std::move(root_); }

private:
    // A list or a map whose end has not come yet.
    struct Open {
        Node node;
        YAML::anchor_t anchor;
        std::optional<Node> key;  // of a map: the key that waits for its value
        int alias_depth;
        std::size_t nodes_before;
        int height;
        std::map<std::string, Position> keys;  // where each was first seen
    };

    // yaml-cpp counts bytes of UTF-8; positions count characters.
    Position position(const YAML::Mark& mark) { return columns_.position(mark.line, mark.column); }
    [[noreturn]] void abandon(const YAML::Mark& mark, std::string message) {
        throw Abandon{{position(mark), 1, std::move(message), {}}};
    }
    [[noreturn]] void too_deep(const YAML::Mark& mark) {
        abandon(mark, "nested more than " + std::to_string(kMostNesting) + " deep");
    }
    void count(const Position& at, std::size_t more) {
        nodes_ += more;
        if (nodes_ <= kMostNodes) return;
        throw Abandon{
            {at, 1, "more than " + std::to_string(kMostNodes) + " values, aliases expanded", {}}};
    }
    void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (tag.empty() || tag == "?" || tag == "!") return;
        diagnostics_.add({position(mark), 1,
                          "tags such as " + tag.substr(0, 40) + " are not used here",
                          "the key says what type its value has"});
    }
    void open(const YAML::Mark& mark, Node::Kind kind, YAML::anchor_t anchor) {
        count(position(mark), 1);
        if (static_cast<int>(open_.size()) >= kMostNesting) too_deep(mark);
        Node node;
        node.kind = kind;
        node.at = position(mark);
        open_.push_back({std::move(node), anchor, {}, 0, nodes_ - 1, 1, {}});
    }
    void close() {
        Open done = std::move(open_.back());
        open_.pop_back();
        finish({std::move(done.node), done.alias_depth, nodes_ - done.nodes_before, done.height},
               done.anchor);
    }
    void place(Node node, YAML::anchor_t anchor) {
        count(node.at, 1);
        finish({std::move(node), 0, 1, 1}, anchor);
    }

    // A value is complete: remember it if it has an anchor, and hand it to what encloses it.
    void finish(Anchored done, YAML::anchor_t anchor) {
        if (anchor != 0) {
            count(done.node.at, done.nodes);  // the copy takes memory, too
            anchors_.insert_or_assign(anchor, done);
        }
        if (open_.empty()) {
            root_ = std::move(done.node);
            return;
        }
        Open& parent = open_.back();
        parent.height = std::max(parent.height, done.height + 1);
        if (parent.node.is_list()) {
            parent.node.items.push_back(std::move(done.node));
        } else if (!parent.key) {
            parent.key = std::move(done.node);
        } else {
            add_entry(parent, std::move(done.node));
        }
    }

    void add_entry(Open& parent, Node value) {
        const Node key = std::move(*parent.key);
        parent.key.reset();
        if (!key.is_scalar() || key.text.empty()) {
            diagnostics_.add(
                about(key, "a key is a name, not " + std::string(kind_in_words(key.kind))));
            return;
        }
        if (key.plain && key.text == "<<") {
            diagnostics_.add(about(key, "merge keys (<<) are not used here", "see `extends`"));
            return;
        }
        if (key.plain && looks_like_a_number(key.text)) {
            diagnostics_.add(about(key, "a key is a name, not a number: " + key.text));
            return;
        }
        const auto [first, fresh] = parent.keys.emplace(key.text, key.at);
        if (!fresh) {
            diagnostics_.add(about(key, "duplicate key '" + key.text + "' (first at " +
                                            std::to_string(first->second.line) + ":" +
                                            std::to_string(first->second.column) + ")",
                                   "keep one of them"));
            return;
        }
        // Nothing has no place of its own in the file.
        if (value.kind == Node::Kind::null) value.at = key.at;
        parent.node.entries.push_back({key.text, key.at, std::move(value)});
    }

    Columns columns_;
    Diagnostics& diagnostics_;
    std::optional<Node> root_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, Anchored> anchors_;
    std::size_t nodes_ = 0;
    int documents_ = 0;
};

// What yaml-cpp met, in our words and at the place to mend where its own would not help.
Diagnostic syntax_error(const YAML::Exception& error, const Builder& builder,
                        const std::shared_ptr<const Source>& source) {
    const Position at = Columns(source).position(error.mark.line, error.mark.column);
    if (error.msg.find("too deep") != std::string::npos) {
        return {at, 1, "nested more than " + std::to_string(kMostNesting) + " deep", {}};
    }
    if (error.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW) {
        const auto open = builder.innermost_open(Node::Kind::list);
        return {open.value_or(at), 1, "a [ that is not closed",
                "write a ] behind its last element"};
    }
    if (error.msg == YAML::ErrorMsg::END_OF_MAP_FLOW) {
        const auto open = builder.innermost_open(Node::Kind::map);
        return {open.value_or(at), 1, "a { that is not closed", "write a } behind its last value"};
    }
    const auto index = static_cast<std::size_t>(at.line - 1);
    const std::string_view line =
        index < source->lines.size() ? std::string_view(source->lines[index]) : std::string_view();
    const std::size_t first = std::min(line.find_first_not_of(' '), line.size());
    if (line.substr(first).starts_with('\t')) {
        const Position tab{source, at.line, static_cast<int>(first) + 1};
        return {tab, 1, "a tab does not indent in YAML", "use spaces"};
    }
    const bool unexpected = error.msg == YAML::ErrorMsg::END_OF_SEQ ||
                            error.msg == YAML::ErrorMsg::END_OF_MAP;
    if (unexpected) {
        return {at, 1, "this line is indented as none of those that it could belong to",
                "keys of one map, and elements of one list, stand below each other"};
    }
    return {at, 1, error.msg.empty() ? "not YAML" : "not YAML: " + error.msg, {}};
}

std::size_t length_on_line(std::string_view text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const auto starts = [](char c) { return !continues_character(c); };
    return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), starts));
}

}  // namespace

const Node::Entry* Node::find_entry(std::string_view key) const {
    for (const Entry& entry : entries) {
        if (entry.key == key) return &entry;
    }
    return nullptr;
}
const Node* Node::find(std::string_view key) const {
    const Entry* entry = find_entry(key);
    return entry == nullptr ? nullptr : &entry->value;
}
Node* Node::find(std::string_view key) {
    for (Entry& entry : entries) {
        if (entry.key == key) return &entry.value;
    }
    return nullptr;
}

Node Node::scalar(std::string text, Position at) {
    Node node;
    node.kind = Kind::scalar;
    node.text = std::move(text);
    node.at = std::move(at);
    return node;
}

std::string_view kind_in_words(Node::Kind kind) {
    switch (kind) {
        case Node::Kind::null: return "nothing";
        case Node::Kind::scalar: return "a single value";
        case Node::Kind::list: return "a list";
        case Node::Kind::map: return "a map";
        case Node::Kind::hole: return "a refused value";
    }
    return {};
}

Diagnostic about(const Node& node, std::string message, std::string hint) {
    const bool as_written = node.is_scalar() && !node.substituted;
    const std::size_t quotes = node.plain ? 0 : 2;
    const std::size_t length = as_written ? length_on_line(node.text) + quotes : 1;
    return {node.at, std::max<std::size_t>(1, length), std::move(message), std::move(hint)};
}
Diagnostic about(const Node::Entry& entry, std::string message, std::string hint) {
    return {entry.key_at, std::max<std::size_t>(1, length_on_line(entry.key)), std::move(message),
            std::move(hint)};
}

std::optional<Node> parse_yaml(std::string_view text, const std::string& name,
                               Diagnostics& diagnostics) {
    auto root = parse_yaml_of_any_kind(text, name, diagnostics);
    if (!root || root->is_map()) return root;
    diagnostics.add(
        {{root->at.source, 1, 1},
         1,
         "a scenario is a map of keys, not " + std::string(kind_in_words(root->kind)),
         "it starts with version: 1"});
    return std::nullopt;
}

std::optional<Node> parse_yaml_of_any_kind(std::string_view text, const std::string& name,
                                           Diagnostics& diagnostics) {
    const bool fits = text.size() <= kMostFileBytes;
    const auto source = make_source(fits ? text : std::string_view{}, name);
    const Position start{source, 1, 1};
    if (!fits) {
        diagnostics.add({start, 1, "the file is larger than 16 MiB", {}});
        return std::nullopt;
    }
    if (const auto bad = first_bad_byte(text, source)) {
        diagnostics.add({*bad, 1, "not a text file in UTF-8", {}});
        return std::nullopt;
    }
    Builder builder(source, diagnostics);
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const Abandon& abandon) {
        diagnostics.add(abandon.why);
        return std::nullopt;
    } catch (const YAML::Exception& error) {
        diagnostics.add(syntax_error(error, builder, source));
        return std::nullopt;
    }
    if (!builder.root() || builder.root()->kind == Node::Kind::null) {
        diagnostics.add({start, 1, "the file is empty", "a scenario starts with version: 1"});
        return std::nullopt;
    }
    return builder.take_root();
}

}  // namespace shaketable
