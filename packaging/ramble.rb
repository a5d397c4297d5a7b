# A formula of Homebrew for the one file. `npm run build:one-file -- --all` writes it with the version and the hashes.
class Ramble < Formula
  desc "Trains, inspects and serves small GPTs and Llamas"
  homepage "@HOMEPAGE@"
  version "@VERSION@"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "@HOMEPAGE@/releases/@VERSION@/ramble-darwin-arm64", using: :nounzip
      sha256 "@SHA256 darwin-arm64@"
    end
    on_intel do
      url "@HOMEPAGE@/releases/@VERSION@/ramble-darwin-x64", using: :nounzip
      sha256 "@SHA256 darwin-x64@"
    end
  end

  on_linux do
    on_arm do
      url "@HOMEPAGE@/releases/@VERSION@/ramble-linux-arm64", using: :nounzip
      sha256 "@SHA256 linux-arm64@"
    end
    on_intel do
      url "@HOMEPAGE@/releases/@VERSION@/ramble-linux-x64", using: :nounzip
      sha256 "@SHA256 linux-x64@"
    end
  end

  def install
    bin.install Dir["ramble-*"].first => "ramble"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/ramble --version")
  end
end
