/**
 * glance_store's table of the hosts of AWS, by which a region is known where none is configured.
 *
 * @internal
 */

/**
 * Empty for every other host, and for the one of AWS that has none.
 *
 * @internal
 */
export const ofHost = (host: string): string => {
  const bare = host.replace(/^https?:\/\//u, "").replace(/\/$/u, "").replace(/:\d+$/u, "")
  return regions.get(bare) ?? ""
}

const names = [
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
  "ap-east-1",
  "ap-south-1",
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-southeast-1",
  "ap-southeast-2",
  "ca-central-1",
  "eu-central-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "eu-north-1",
  "sa-east-1"
]

const regions = new Map([
  ...names.map((name) => [`s3-${name}.amazonaws.com`, name] as const),
  ["s3-cn-north-1.amazonaws.com.cn", "cn-north-1"],
  ["s3-cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"]
])
