#include "srtp/PacketCipher.hpp"

#ifdef RINGCAST_IPSEC_MB

#include <intel-ipsec-mb.h>

#include <algorithm>
#include <array>
#include <cstring>

#include <openssl/crypto.h>

#include "ringcast/base/Assert.hpp"

namespace ringcast::srtp {

namespace {

// Returns the library's dispatch table for this processor, shared by the whole process, or nullptr if the
// processor has no AES instructions: the library would then use lookup tables.
IMB_MGR* Manager() {
  static IMB_MGR* const kManager = [] {
    IMB_MGR* manager = alloc_mb_mgr(0);
    if (manager == nullptr) return manager;
    IMB_ARCH architecture = IMB_ARCH_NONE;
    init_mb_mgr_auto(manager, &architecture);
    if (architecture == IMB_ARCH_NONE || architecture == IMB_ARCH_NOAESNI) {
      free_mb_mgr(manager);
      manager = nullptr;
    }
    return manager;
  }();
  return kManager;
}

class alignas(64) GcmCipher final : public PacketCipher {
 public:
  GcmCipher(IMB_MGR* manager, const SessionKeys& keys)
      : manager_(manager),
        encrypt_(keys.keyLength == 32 ? manager->gcm256_enc : manager->gcm128_enc),
        keys_(keys) {
    if (keys.keyLength == 32) {
      IMB_AES256_GCM_PRE(manager_, keys.key.data(), &schedule_);
    } else {
      IMB_AES128_GCM_PRE(manager_, keys.key.data(), &schedule_);
    }
  }
  ~GcmCipher() override { OPENSSL_cleanse(&schedule_, sizeof schedule_); }

  bool Protect(std::span<const RtpEncryptor::Job> jobs) override {
    // Carries no state from one packet to the next; one instance for all sessions stays in the cache.
    static gcm_context_data scratch;
    for (const auto& job : jobs) {
      const auto nonce = NonceOf(job, keys_);
      std::uint8_t* const payload = job.packet + job.headerSize;
      encrypt_(&schedule_, &scratch, payload, job.payload.data(), job.payload.size(), nonce.data(),
               job.packet, job.headerSize, payload + job.payload.size(), kTagSize);
    }
    return true;
  }

 private:
  static constexpr std::uint64_t kTagSize = 16;

  IMB_MGR* manager_;
  aes_gcm_enc_dec_t encrypt_;
  SessionKeys keys_;
  alignas(64) gcm_key_data schedule_;
};

// AES-CM and HMAC-SHA1 as jobs: the library computes the digests of several packets in parallel.
class CounterCipher final : public PacketCipher {
 public:
  CounterCipher(IMB_MGR* manager, const SessionKeys& keys, std::size_t tagSize)
      : manager_(manager), tagSize_(tagSize), keys_(keys) {
    IMB_AES_KEYEXP_128(manager_, keys.key.data(), schedule_.data(), unused_.data());
    HashPad(0x36, inner_);
    HashPad(0x5c, outer_);
  }
  ~CounterCipher() override {
    OPENSSL_cleanse(schedule_.data(), sizeof schedule_);
    OPENSSL_cleanse(unused_.data(), sizeof unused_);
    OPENSSL_cleanse(inner_.data(), sizeof inner_);
    OPENSSL_cleanse(outer_.data(), sizeof outer_);
  }

  bool Protect(std::span<const RtpEncryptor::Job> jobs) override {
    while (!jobs.empty()) {
      const auto some = jobs.first(std::min(jobs.size(), RtpEncryptor::kMaxSideBySide));
      ProtectSideBySide(some);
      jobs = jobs.subspan(some.size());
    }
    return true;
  }

 private:
  static constexpr std::size_t kBlock = 64;
  static constexpr std::size_t kDigest = 20;
  using State = std::array<std::uint32_t, 5>;
  using Schedule = std::array<std::uint32_t, 60>;

  // RFC 2104: hashes the key, padded to a block and XORed with `pad`, and stores the state.
  void HashPad(std::uint8_t pad, State& state) {
    std::array<std::uint8_t, kBlock> block;
    block.fill(pad);
    for (std::size_t i = 0; i < keys_.authKey.size(); ++i)
      block[i] = static_cast<std::uint8_t>(block[i] ^ keys_.authKey[i]);
    IMB_SHA1_ONE_BLOCK(manager_, block.data(), state.data());
    OPENSSL_cleanse(block.data(), block.size());
  }

  void ProtectSideBySide(std::span<const RtpEncryptor::Job> jobs) {
    std::array<CounterBlock, RtpEncryptor::kMaxSideBySide> counters;
    std::array<std::array<std::uint8_t, kDigest>, RtpEncryptor::kMaxSideBySide> digests;
    std::size_t done = 0;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const auto& job = jobs[i];
      counters[i] = CounterOf(job, keys_);
      std::uint8_t* const payload = job.packet + job.headerSize;
      // Copies the payload and encrypts it in place: the library authenticates its input buffer, which must
      // hold the ciphertext.
      if (!job.payload.empty()) std::memcpy(payload, job.payload.data(), job.payload.size());
      // The authenticated data ends with the rollover counter (RFC 3711 section 4.2). It is stored where the
      // tag is written afterwards.
      StoreU32(payload + job.payload.size(), RolloversOf(job));
      Fill(*IMB_GET_NEXT_JOB(manager_), job, counters[i], digests[i]);
      if (const auto* finished = IMB_SUBMIT_JOB(manager_)) done += Check(*finished);
    }
    while (done < jobs.size()) {
      const auto* finished = IMB_FLUSH_JOB(manager_);
      RC_ASSERT(finished != nullptr);
      done += Check(*finished);
    }
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      std::copy_n(digests[i].begin(), tagSize_, jobs[i].packet + jobs[i].headerSize + jobs[i].payload.size());
    }
  }

  static std::size_t Check(const IMB_JOB& job) {
    RC_ASSERT(job.status == IMB_STATUS_COMPLETED);
    return 1;
  }

  void Fill(IMB_JOB& work, const RtpEncryptor::Job& job, const CounterBlock& counter,
            std::array<std::uint8_t, kDigest>& digest) {
    work = {};
    work.cipher_direction = IMB_DIR_ENCRYPT;
    work.chain_order = IMB_ORDER_CIPHER_HASH;
    work.cipher_mode = job.payload.empty() ? IMB_CIPHER_NULL : IMB_CIPHER_CNTR;
    work.enc_keys = schedule_.data();
    work.dec_keys = schedule_.data();
    work.key_len_in_bytes = 16;
    work.src = job.packet;
    work.dst = job.packet + job.headerSize;
    work.cipher_start_src_offset_in_bytes = job.headerSize;
    work.msg_len_to_cipher_in_bytes = job.payload.size();
    work.iv = counter.data();
    work.iv_len_in_bytes = counter.size();
    work.hash_alg = IMB_AUTH_HMAC_SHA_1;
    work.hash_start_src_offset_in_bytes = 0;
    work.msg_len_to_hash_in_bytes = job.headerSize + job.payload.size() + 4;
    work.u.HMAC._hashed_auth_key_xor_ipad = reinterpret_cast<std::uint8_t*>(inner_.data());
    work.u.HMAC._hashed_auth_key_xor_opad = reinterpret_cast<std::uint8_t*>(outer_.data());
    work.auth_tag_output = digest.data();
    work.auth_tag_output_len_in_bytes = digest.size();
  }

  IMB_MGR* manager_;
  std::size_t tagSize_;
  SessionKeys keys_;
  alignas(16) Schedule schedule_{};
  alignas(16) Schedule unused_{};  // decryption keys, which the library computes too
  State inner_{}, outer_{};
};

}  // namespace

bool HasIpsecMb() { return true; }

std::unique_ptr<PacketCipher> MakeIpsecMbCipher(CryptoSuite suite, const SessionKeys& keys) {
  IMB_MGR* const manager = Manager();
  if (manager == nullptr) return nullptr;
  if (IsGcm(suite)) return std::make_unique<GcmCipher>(manager, keys);
  return std::make_unique<CounterCipher>(manager, keys, RtpOverhead(suite));
}

}  // namespace ringcast::srtp

#else

namespace ringcast::srtp {

bool HasIpsecMb() { return false; }

std::unique_ptr<PacketCipher> MakeIpsecMbCipher(CryptoSuite /*suite*/, const SessionKeys& /*keys*/) {
  return nullptr;
}

}  // namespace ringcast::srtp

#endif
