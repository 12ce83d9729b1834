output "cluster" {
  description = "Name of the EKS cluster."
  value       = aws_eks_cluster.this.name
}

output "region" {
  description = "Its region."
  value       = var.region
}

output "namespace" {
  description = "Namespace for the release."
  value       = var.namespace
}

output "release" {
  description = "Name for the release."
  value       = var.name
}

output "repository" {
  description = "Where the image goes."
  value       = aws_ecr_repository.thumbd.repository_url
}

output "bucket" {
  description = "The bucket of the images."
  value       = aws_s3_bucket.images.bucket
}

output "redis_password" {
  description = "Password of ElastiCache; empty without."
  value       = var.elasticache ? random_password.redis[0].result : ""
  sensitive   = true
}

output "redis_password_secret" {
  description = "Name of the Secret that the values expect that password in; empty without."
  value       = var.elasticache ? "${var.name}-redis-password" : ""
}

output "helm_values" {
  description = "Values for helm/thumbjobs, but for the image's digest."
  value = yamlencode({
    mode  = "split"
    image = { repository = aws_ecr_repository.thumbd.repository_url }
    store = {
      type = "redis"
      redis = var.elasticache ? {
        url            = "rediss://${aws_elasticache_replication_group.this[0].primary_endpoint_address}:6379/0"
        passwordSecret = "${var.name}-redis-password"
      } : { url = "", passwordSecret = "" }
    }
    redis = { bundled = !var.elasticache }
    storage = {
      type = "s3"
      s3   = { bucket = aws_s3_bucket.images.bucket, region = var.region, prefix = "images" }
    }
    serviceAccount = {
      annotations = { "eks.amazonaws.com/role-arn" = aws_iam_role.thumbd.arn }
    }
    service = {
      type = "LoadBalancer"
      annotations = {
        "service.beta.kubernetes.io/aws-load-balancer-type" = "nlb"
      }
    }
    monitoring = {
      serviceMonitor = { enabled = true }
      prometheusRule = { enabled = true }
      dashboard      = { enabled = true }
    }
  })
}
