#include "net/grpc/grpc_transport.hpp"

#include <grpc/support/log.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/channel_arguments.h>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "cloud/host.hpp"
#include "cloud/limits.hpp"
#include "net/grpc/codes.hpp"
#include "net/url.hpp"
#include "runtime/ascii.hpp"
#include "runtime/text.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

constexpr int keepalive_ms = 20'000;  // of a connection with a call on it, as the vendors' own clients have it
constexpr int keepalive_timeout_ms = 10'000;
constexpr std::size_t longest_grpc_message = 4 << 10U;  // of an error, as text

/// One call on its way: gRPC's part of it. Shared with gRPC's thread.
struct OnItsWay {
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
};

/// The calls that gRPC still holds. Any thread. A call keeps its channel, and the last channel must not go away on a
/// thread of gRPC's, which would wait there for itself: so a call is let go of there before it counts as over, and
/// channels are kept as long as there are any.
class Calls {
 public:
  void begin(const std::shared_ptr<OnItsWay>& call) {
    const std::lock_guard lock(mutex_);
    calls_.insert(call);
  }
  /// `call`: the last that gRPC's thread has of it.
  void end(std::shared_ptr<OnItsWay> call) {
    const std::lock_guard lock(mutex_);
    calls_.erase(call);
    call.reset();
    if (calls_.empty()) none_left_.notify_all();
  }
  bool is_any() {
    const std::lock_guard lock(mutex_);
    return !calls_.empty();
  }
  void cancel_all_and_wait() {
    std::unique_lock lock(mutex_);
    for (const auto& call : calls_) call->context.TryCancel();
    none_left_.wait(lock, [this] { return calls_.empty(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_left_;
  std::set<std::shared_ptr<OnItsWay>> calls_;
};

/// Headers that are HTTP's, and gRPC's own business.
bool is_metadata(const std::string& name) {
  static const std::set<std::string> own = {"host", "accept", "accept-encoding", "content-type", "user-agent"};
  return !own.contains(name);
}

grpc::ByteBuffer buffer_of(std::string_view bytes) {
  const grpc::Slice slice(bytes.data(), bytes.size());
  return grpc::ByteBuffer(&slice, 1);
}

/// Never sent: no server was reached. gRPC has the same code for this and for a connection that broke.
bool was_never_sent(const grpc::Status& status) {
  const std::string& message = status.error_message();
  return status.error_code() == grpc::StatusCode::UNAVAILABLE &&
         (message.find("failed to connect") != std::string::npos ||
          message.find("DNS resolution") != std::string::npos || message.find("Name resolution") != std::string::npos);
}

bool is_too_large(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED &&
         status.error_message().find("Received message larger than max") != std::string::npos;
}

template <class Handler>
struct Completion {
  Handler resume;
  asio::any_io_executor work;
};

template <class Handler>
void post_back(std::shared_ptr<Completion<Handler>> completion, grpc::Status status) {
  const asio::any_io_executor work = completion->work;
  asio::post(work, [held = std::move(completion), status = std::move(status)]() mutable {
    auto resume = std::move(held->resume);
    held.reset();
    std::move(resume)(std::move(status));
  });
}

/// Ends with the call's status. Cancelled by its slot: the call is, and ends soon after.
template <class Token>
auto async_unary(grpc::GenericStub& stub, std::shared_ptr<Calls> calls, std::shared_ptr<OnItsWay> call,
                 std::string method, asio::any_io_executor executor, Token&& token) {
  return asio::async_initiate<Token, void(grpc::Status)>(
      [&stub, calls = std::move(calls), call = std::move(call), method = std::move(method),
       executor = std::move(executor)](auto handler) mutable {
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected()) {
          slot.assign([weak = std::weak_ptr(call)](asio::cancellation_type) {
            if (const auto held = weak.lock()) held->context.TryCancel();
          });
        }
        // The loop has work as long as the call is on its way. The handler can only be moved; std::function copies.
        auto completion = std::make_shared<Completion<decltype(handler)>>(Completion<decltype(handler)>{
            std::move(handler), asio::prefer(executor, asio::execution::outstanding_work.tracked)});
        calls->begin(call);
        stub.UnaryCall(&call->context, method, grpc::StubOptions(), &call->request, &call->response,
                       [calls, call, completion](grpc::Status status) mutable {
                         post_back(std::move(completion), std::move(status));
                         calls->end(std::move(call));  // the loop may be gone from here on
                       });
      },
      token);
}

class GrpcTransport final : public Transport {
 public:
  explicit GrpcTransport(std::shared_ptr<TlsTrust> trust) : trust_(std::move(trust)) {}
  ~GrpcTransport() override { calls_->cancel_all_and_wait(); }
  GrpcTransport(const GrpcTransport&) = delete;
  GrpcTransport& operator=(const GrpcTransport&) = delete;

  asio::awaitable<tl::expected<WireResponse, WireFailure>> exchange(std::shared_ptr<const Call> call) override {
    const HttpUrl& url = call->request.url;
    call->progress->at = url.host + ": call";
    auto on_its_way = std::make_shared<OnItsWay>();
    for (const Header& header : call->request.headers) {
      const std::string name = ascii::lower(header.name);
      if (is_metadata(name)) on_its_way->context.AddMetadata(name, std::string(header.value.reveal()));
    }
    on_its_way->request = buffer_of(call->request.body.reveal());
    const std::shared_ptr<grpc::GenericStub> stub = stub_for(url, call->proxy);
    call->progress->is_sent = true;
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const grpc::Status status =
        co_await async_unary(*stub, calls_, on_its_way, url.target, executor, asio::use_awaitable);
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      throw boost::system::system_error(asio::error::operation_aborted);
    }
    if (was_never_sent(status)) {
      call->progress->is_sent = false;
      co_return tl::unexpected(failure(url, status.error_message()));
    }
    if (is_too_large(status)) {
      WireFailure large = failure(url, "the answer is larger than anybody needs");
      large.is_lasting = true;
      co_return tl::unexpected(std::move(large));
    }
    if (is_http_answer(status.error_message())) co_return tl::unexpected(failure(url, status.error_message()));
    co_return answer(*on_its_way, status, *call);
  }

 private:
  struct Server {
    std::string authorities;
    std::shared_ptr<grpc::GenericStub> stub;
  };

  static WireFailure failure(const HttpUrl& url, const std::string& why) {
    WireFailure failed;
    failed.message = url.host + ": " + printable(why);
    return failed;
  }

  std::shared_ptr<grpc::GenericStub> stub_for(const HttpUrl& url, const Proxy* proxy) {
    if (!calls_->is_any()) retired_.clear();
    Server& server = servers_[url.origin()];
    std::string authorities = url.is_tls ? trust_->authorities() : std::string();
    if (server.stub && server.authorities == authorities) return server.stub;
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(static_cast<int>(limits::answer_body));
    arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, static_cast<int>(limits::answer_header));
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, keepalive_ms);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, keepalive_timeout_ms);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, proxy == nullptr ? 0 : 1);
    // Each account has a budget and connections of its own, as over HTTP.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetUserAgentPrefix("tallyd/" TALLY_VERSION);
    std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
    if (url.is_tls) {
      grpc::SslCredentialsOptions trusted;
      trusted.pem_root_certs = authorities;
      credentials = grpc::SslCredentials(trusted);
    }
    const std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
    if (server.stub) retired_.push_back(std::move(server.stub));
    server.stub =
        std::make_shared<grpc::GenericStub>(grpc::CreateCustomChannel(host + ":" + url.port, credentials, arguments));
    server.authorities = std::move(authorities);
    return server.stub;
  }

  static tl::expected<WireResponse, WireFailure> answer(OnItsWay& made, const grpc::Status& status, const Call& call) {
    WireResponse response;
    response.body.share = std::make_shared<BodyShare>(call.bodies);
    std::string bytes;
    if (status.ok()) {
      response.status = 200;
      const std::size_t size = made.response.Length();
      if (size > call.body_limit || !response.body.share->grow(size)) {
        WireFailure failed = failure(call.request.url, no_room_for_body);
        failed.is_lasting = true;
        return tl::unexpected(std::move(failed));
      }
      std::vector<grpc::Slice> slices;
      if (size > 0 && !made.response.Dump(&slices).ok()) {
        return tl::unexpected(failure(call.request.url, "the answer cannot be read"));
      }
      bytes.reserve(size);
      for (const grpc::Slice& slice : slices) {
        bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
      }
    } else {
      const int code = status.error_code();
      bytes = std::string(cut(status.error_details(), limits::error_body));
      if (bytes.size() < status.error_details().size()) bytes.clear();  // half a message is none
      if (!response.body.share->grow(bytes.size())) bytes.clear();
      response.status = http_status_of_grpc(code, !status.error_details().empty());
      response.headers.add(grpc_status_header, std::to_string(code));
      response.headers.add(grpc_message_header, std::string(cut(status.error_message(), longest_grpc_message)));
      response.body.is_beginning = true;
    }
    if (!bytes.empty()) response.body.pieces.push_back(std::move(bytes));
    return response;
  }

  std::shared_ptr<TlsTrust> trust_;
  std::shared_ptr<Calls> calls_ = std::make_shared<Calls>();
  std::map<std::string, Server> servers_;  // by origin
  std::vector<std::shared_ptr<grpc::GenericStub>> retired_;
};

/// What befell a call comes with it; what the library says before it aborts would be lost.
void write_last_words(gpr_log_func_args* said) {
  if (std::string_view(said->message).starts_with("assertion failed")) {
    std::fprintf(stderr, "gRPC: %s:%d: %s\n", said->file, said->line, said->message);
  }
}

}  // namespace

std::shared_ptr<Transport> make_grpc_transport(std::shared_ptr<TlsTrust> trust) {
  gpr_set_log_function(write_last_words);
  return std::make_shared<GrpcTransport>(std::move(trust));
}

}  // namespace tally
