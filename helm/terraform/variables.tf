variable "name" {
  description = "Prefix of every name, and the release's name in Kubernetes."
  type        = string
  default     = "thumbs"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "The name takes 2 to 21 of a-z, 0-9 and -, and begins with a letter."
  }
}

variable "region" {
  description = "AWS region."
  type        = string
  default     = "eu-central-1"
}

variable "namespace" {
  description = "Kubernetes namespace of the release; the role of its service account is bound to it."
  type        = string
  default     = "thumbs"
}

variable "kubernetes_version" {
  description = "Version of EKS."
  type        = string
  default     = "1.31"
}

variable "cidr" {
  description = "Addresses of the VPC, a /16."
  type        = string
  default     = "10.60.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.cidr)) && endswith(var.cidr, "/16")
    error_message = "cidr takes an IPv4 range with /16, such as 10.60.0.0/16."
  }
}

variable "zones" {
  description = "How many availability zones, 2 or 3."
  type        = number
  default     = 2

  validation {
    condition     = contains([2, 3], var.zones)
    error_message = "zones takes 2 or 3."
  }
}

variable "single_nat_gateway" {
  description = "One NAT gateway for all zones: cheaper, and a zone's loss may take the others' way out."
  type        = bool
  default     = true
}

variable "api_cidrs" {
  description = "Who may reach the API of Kubernetes from outside; none leaves it to the VPC alone."
  type        = list(string)

  validation {
    condition     = !contains(var.api_cidrs, "0.0.0.0/0")
    error_message = "api_cidrs: 0.0.0.0/0 would open the API to everybody; name your own addresses."
  }
}

variable "node_types" {
  description = "Instance types of the nodes."
  type        = list(string)
  default     = ["c7i.large", "c6i.large"]
}

variable "node_spot" {
  description = "Use spot capacity: cheaper, and a node may go at two minutes' notice, which thumbd takes."
  type        = bool
  default     = false
}

variable "nodes" {
  description = "How many nodes: at the least, wanted at first, at the most."
  type = object({
    min     = number
    desired = number
    max     = number
  })
  default = { min = 2, desired = 2, max = 8 }
}

variable "elasticache" {
  description = "Redis by ElastiCache; false: the chart's bundled one, for trials."
  type        = bool
  default     = true
}

variable "redis_node_type" {
  description = "Size of the ElastiCache nodes."
  type        = string
  default     = "cache.t4g.small"
}

variable "images_expire_days" {
  description = "Days after which S3 itself deletes what is left of a job's images; 0: never. Keep it well above thumbd's retention, which is what normally deletes."
  type        = number
  default     = 0

  validation {
    condition     = var.images_expire_days == 0 || var.images_expire_days >= 7
    error_message = "images_expire_days takes 0, or 7 or more."
  }
}

variable "monthly_budget" {
  description = "US dollars a month at 80 % of which budget_email gets a mail; 0: no budget."
  type        = number
  default     = 0
}

variable "budget_email" {
  description = "Who is told about the budget."
  type        = string
  default     = ""
}

variable "tags" {
  description = "Further tags of everything."
  type        = map(string)
  default     = {}
}
